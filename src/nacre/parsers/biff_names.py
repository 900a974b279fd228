"""Names of records, functions and tokens in Excel workbooks, as ClamAV's text form spells them.

They are those of a plug-in for oledump that Didier Stevens put into the public domain; each was
compared with what ClamAV 1.4.6 says. Parsed when the first macro sheet is met.
"""

from __future__ import annotations

from functools import cache
from typing import Final

COMMAND: Final = 0x8000
"""Set in the number of a function that is a command."""


@cache
def records() -> dict[int, str]:
    """Name and description of each record."""
    return _parse(_RECORDS)


@cache
def functions() -> dict[int, str]:
    """Names of functions and, above `COMMAND`, of commands."""
    return _parse(_FUNCTIONS)


@cache
def tokens() -> dict[int, str]:
    """Names of the tokens of formulas."""
    return _parse(_TOKENS)


def _parse(table: str) -> dict[int, str]:
    pairs = (item.split(" ", 1) for line in table.strip().split("\n") for item in line.split(" | "))
    return {int(number, 16): name for number, name in pairs}


_RECORDS: Final = """
0006 FORMULA : Cell Formula | 000a EOF : End of File | 000c CALCCOUNT : Iteration Count
000d CALCMODE : Calculation Mode | 000e PRECISION : Precision | 000f REFMODE : Reference Mode
0010 DELTA : Iteration Increment | 0011 ITERATION : Iteration Mode
0012 PROTECT : Protection Flag | 0013 PASSWORD : Protection Password
0014 HEADER : Print Header on Each Page | 0015 FOOTER : Print Footer on Each Page
0016 EXTERNCOUNT : Number of External References | 0017 EXTERNSHEET : External Reference
0018 LABEL : Cell Value, String Constant | 0019 WINDOWPROTECT : Windows Are Protected
001a VERTICALPAGEBREAKS : Explicit Column Page Breaks
001b HORIZONTALPAGEBREAKS : Explicit Row Page Breaks
001c NOTE : Comment Associated with a Cell | 001d SELECTION : Current Selection
0022 1904 : 1904 Date System | 0026 LEFTMARGIN : Left Margin Measurement
0027 RIGHTMARGIN : Right Margin Measurement | 0028 TOPMARGIN : Top Margin Measurement
0029 BOTTOMMARGIN : Bottom Margin Measurement | 002a PRINTHEADERS : Print Row/Column Labels
002b PRINTGRIDLINES : Print Gridlines Flag | 003c CONTINUE : Continues Long Records
003d WINDOW1 : Window Information | 0040 BACKUP : Save Backup Version of the File
0041 PANE : Number of Panes and Their Position | 0042 CODEPAGE : Default Code Page
004d PLS : Environment-Specific Print Record | 0050 DCON : Data Consolidation Information
0051 DCONREF : Data Consolidation References
0052 DCONNAME : Data Consolidation Named References
0055 DEFCOLWIDTH : Default Width for Columns | 0059 XCT : CRN Record Count
005a CRN : Nonresident Operands | 005b FILESHARING : File-Sharing Information
005c WRITEACCESS : Write Access User Name | 005d OBJ : Describes a Graphic Object
005e UNCALCED : Recalculation Status | 005f SAVERECALC : Recalculate Before Save
0060 TEMPLATE : Workbook Is a Template | 0063 OBJPROTECT : Objects Are Protected
007d COLINFO : Column Formatting Information | 007e RK : Cell Value, RK Number
007f IMDATA : Image Data | 0080 GUTS : Size of Row and Column Gutters
0081 WSBOOL : Additional Workspace Information | 0082 GRIDSET : State Change of Gridlines Option
0083 HCENTER : Center Between Horizontal Margins
0084 VCENTER : Center Between Vertical Margins | 0085 BOUNDSHEET : Sheet Information
0086 WRITEPROT : Workbook Is Write-Protected | 0087 ADDIN : Workbook Is an Add-in Macro
0088 EDG : Edition Globals | 0089 PUB : Publisher
008c COUNTRY : Default Country and WIN.INI Country | 008d HIDEOBJ : Object Display Options
0090 SORT : Sorting Options | 0091 SUB : Subscriber | 0092 PALETTE : Color Palette Definition
0094 LHRECORD : .WK? File Conversion Information | 0095 LHNGRAPH : Named Graph Information
0096 SOUND : Sound Note | 0098 LPR : Sheet Was Printed Using LINE.PRINT(
0099 STANDARDWIDTH : Standard Column Width | 009a FNGROUPNAME : Function Group Name
009b FILTERMODE : Sheet Contains Filtered List
009c FNGROUPCOUNT : Built-in Function Group Count | 009d AUTOFILTERINFO : Drop-Down Arrow Count
009e AUTOFILTER : AutoFilter Data | 00a0 SCL : Window Zoom Magnification
00a1 SETUP : Page Setup | 00a9 COORDLIST : Polygon Object Vertex Coordinates
00ab GCW : Global Column-Width Flags | 00ae SCENMAN : Scenario Output Data
00af SCENARIO : Scenario Data | 00b0 SXVIEW : View Definition | 00b1 SXVD : View Fields
00b2 SXVI : View Item | 00b4 SXIVD : Row/Column Field IDs | 00b5 SXLI : Line Item Array
00b6 SXPI : Page Item | 00b8 DOCROUTE : Routing Slip Information
00b9 RECIPNAME : Recipient Name | 00bc SHRFMLA : Shared Formula
00bd MULRK : Multiple  RK Cells | 00be MULBLANK : Multiple Blank Cells
00c1 MMS :  ADDMENU / DELMENU Record Group Count | 00c2 ADDMENU : Menu Addition
00c3 DELMENU : Menu Deletion | 00c5 SXDI : Data Item | 00c6 SXDB : PivotTable Cache Data
00cd SXSTRING : String | 00d0 SXTBL : Multiple Consolidation Source Info
00d1 SXTBRGIITM : Page Item Name Count | 00d2 SXTBPG : Page Item Indexes
00d3 OBPROJ : Visual Basic Project | 00d5 SXIDSTM : Stream ID
00d6 RSTRING : Cell with Character Formatting | 00d7 DBCELL : Stream Offsets
00da BOOKBOOL : Workbook Option Flag | 00dc SXEXT : External Source Information
00dd SCENPROTECT : Scenario Protection | 00de OLESIZE : Size of OLE Object
00df UDDESC : Description String for Chart Autoformat | 00e0 XF : Extended Format
00e1 INTERFACEHDR : Beginning of User Interface Records
00e2 INTERFACEEND : End of User Interface Records | 00e3 SXVS : View Source
00e5 MERGECELLS : Merged Cells | 00ea TABIDCONF : Sheet Tab ID of Conflict History
00eb MSODRAWINGGROUP : Microsoft Office Drawing Group
00ec MSODRAWING : Microsoft Office Drawing
00ed MSODRAWINGSELECTION : Microsoft Office Drawing Selection
00f0 SXRULE : PivotTable Rule Data | 00f1 SXEX : PivotTable View Extended Information
00f2 SXFILT : PivotTable Rule Filter | 00f4 SXDXF : Pivot Table Formatting
00f5 SXITM : Pivot Table Item Indexes | 00f6 SXNAME : PivotTable Name
00f7 SXSELECT : PivotTable Selection Information | 00f8 SXPAIR : PivotTable Name Pair
00f9 SXFMLA : Pivot Table Parsed Expression | 00fb SXFORMAT : PivotTable Format Record
00fc SST : Shared String Table | 00fd LABELSST : Cell Value, String Constant/ SST
00ff EXTSST : Extended Shared String Table | 0100 SXVDEX : Extended PivotTable View Fields
0103 SXFORMULA : PivotTable Formula Record | 0122 SXDBEX : PivotTable Cache Data
013d TABID : Sheet Tab Index Array | 0160 USESELFS : Natural Language Formulas Flag
0161 DSF : Double Stream File | 0162 XL5MODIFY : Flag for  DSF
01a5 FILESHARING2 : File-Sharing Information for Shared Lists
01a9 USERBVIEW : Workbook Custom View Settings | 01aa USERSVIEWBEGIN : Custom View Settings
01ab USERSVIEWEND : End of Custom View Records | 01ad QSI : External Data Range
01ae SUPBOOK : Supporting Workbook | 01af PROT4REV : Shared Workbook Protection Flag
01b0 CONDFMT : Conditional Formatting Range Information
01b1 CF : Conditional Formatting Conditions | 01b2 DVAL : Data Validation Information
01b5 DCONBIN : Data Consolidation Information | 01b6 TXO : Text Object
01b7 REFRESHALL : Refresh Flag | 01b8 HLINK : Hyperlink
01bb SXFDBTYPE : SQL Datatype Identifier
01bc PROT4REVPASS : Shared Workbook Protection Password | 01be DV : Data Validation Criteria
01c0 EXCEL9FILE : Excel 9 File | 01c1 RECALCID : Recalc Information
0200 DIMENSIONS : Cell Table Size | 0201 BLANK : Cell Value, Blank Cell
0203 NUMBER : Cell Value, Floating-Point Number | 0204 LABEL : Cell Value, String Constant
0205 BOOLERR : Cell Value, Boolean or Error | 0207 STRING : String Value of a Formula
0208 ROW : Describes a Row | 020b INDEX : Index Record | 0218 NAME : Defined Name
0221 ARRAY : Array-Entered Formula | 0223 EXTERNNAME : Externally Referenced Name
0225 DEFAULTROWHEIGHT : Default Row Height | 0231 FONT : Font Description
0236 TABLE : Data Table | 023e WINDOW2 : Sheet Window Information
0293 STYLE : Style Information | 0406 FORMULA : Cell Formula | 041e FORMAT : Number Format
0800 HLINKTOOLTIP : Hyperlink Tooltip | 0801 WEBPUB : Web Publish Item
0802 QSISXTAG : PivotTable and Query Table Extensions
0803 DBQUERYEXT : Database Query Extensions | 0804 EXTSTRING :  FRT String
0805 TXTQUERY : Text Query Information | 0806 QSIR : Query Table Formatting
0807 QSIF : Query Table Field Formatting | 0809 BOF : Beginning of File
080a OLEDBCONN : OLE Database Connection | 080b WOPT : Web Options
080c SXVIEWEX : Pivot Table OLAP Extensions | 080d SXTH : PivotTable OLAP Hierarchy
080e SXPIEX : OLAP Page Item Extensions | 080f SXVDTEX : View Dimension OLAP Extensions
0810 SXVIEWEX9 : Pivot Table Extensions | 0812 CONTINUEFRT : Continued  FRT
0813 REALTIMEDATA : Real-Time Data (RTD) | 0862 SHEETEXT : Extra Sheet Info
0863 BOOKEXT : Extra Book Info | 0864 SXADDL : Pivot Table Additional Info
0865 CRASHRECERR : Crash Recovery Error | 0866 HFPicture : Header / Footer Picture
0867 FEATHEADR : Shared Feature Header | 0868 FEAT : Shared Feature Record
086a DATALABEXT : Chart Data Label Extension
086b DATALABEXTCONTENTS : Chart Data Label Extension Contents | 086c CELLWATCH : Cell Watch
086d FEATINFO : Shared Feature Info Record | 0871 FEATHEADR11 : Shared Feature Header 11
0872 FEAT11 : Shared Feature 11 Record | 0873 FEATINFO11 : Shared Feature Info 11 Record
0874 DROPDOWNOBJIDS : Drop Down Object | 0875 CONTINUEFRT11 : Continue  FRT 11
0876 DCONN : Data Connection | 0877 LIST12 : Extra Table Data Introduced in Excel 2007
0878 FEAT12 : Shared Feature 12 Record
0879 CONDFMT12 : Conditional Formatting Range Information 12
087a CF12 : Conditional Formatting Condition 12 | 087b CFEX : Conditional Formatting Extension
087c XFCRC : XF Extensions Checksum | 087d XFEXT : XF Extension
087e EZFILTER12 : AutoFilter Data Introduced in Excel 2007
087f CONTINUEFRT12 : Continue FRT 12
0881 SXADDL12 : Additional Workbook Connections Information
0884 MDTINFO : Information about a Metadata Type | 0885 MDXSTR : MDX Metadata String
0886 MDXTUPLE : Tuple MDX Metadata | 0887 MDXSET : Set MDX Metadata
0888 MDXPROP : Member Property MDX Metadata
0889 MDXKPI : Key Performance Indicator MDX Metadata | 088a MDTB : Block of Metadata Records
088b PLV : Page Layout View Settings in Excel 2007 | 088c COMPAT12 : Compatibility Checker 12
088d DXF : Differential XF | 088e TABLESTYLES : Table Styles | 088f TABLESTYLE : Table Style
0890 TABLESTYLEELEMENT : Table Style Element | 0892 STYLEEXT : Named Cell Style Extension
0893 NAMEPUBLISH : Publish To Excel Server Data for Name | 0894 NAMECMT : Name Comment
0895 SORTDATA12 : Sort Data 12 | 0896 THEME : Theme | 0897 GUIDTYPELIB : VB Project Typelib GUID
0898 FNGRP12 : Function Group | 0899 NAMEFNGRP12 : Extra Function Group
089a MTRSETTINGS : Multi-Threaded Calculation Settings
089b COMPRESSPICTURES : Automatic Picture Compression Mode | 089c HEADERFOOTER : Header Footer
08a3 FORCEFULLCALCULATION : Force Full Calculation Settings | 08c1 LISTOBJ : List Object
08c2 LISTFIELD : List Field | 08c3 LISTDV : List Data Validation
08c4 LISTCONDFMT : List Conditional Formatting | 08c5 LISTCF : List Cell Formatting
08c6 FMQRY : Filemaker queries | 08c7 FMSQRY : File maker queries
08c8 PLV : Page Layout View in Mac Excel 11
08c9 LNEXT : Extension information for borders in Mac Office 11
08ca MKREXT : Extension information for markers in Mac Office 11
"""

_FUNCTIONS: Final = """
0000 COUNT | 0001 IF | 0002 ISNA | 0003 ISERROR | 0004 SUM | 0005 AVERAGE | 0006 MIN | 0007 MAX
0008 ROW | 0009 COLUMN | 000a NA | 000b NPV | 000c STDEV | 000d DOLLAR | 000e FIXED | 000f SIN
0010 COS | 0011 TAN | 0012 ATAN | 0013 PI | 0014 SQRT | 0015 EXP | 0016 LN | 0017 LOG10
0018 ABS | 0019 INT | 001a SIGN | 001b ROUND | 001c LOOKUP | 001d INDEX | 001e REPT | 001f MID
0020 LEN | 0021 VALUE | 0022 TRUE | 0023 FALSE | 0024 AND | 0025 OR | 0026 NOT | 0027 MOD
0028 DCOUNT | 0029 DSUM | 002a DAVERAGE | 002b DMIN | 002c DMAX | 002d DSTDEV | 002e VAR
002f DVAR | 0030 TEXT | 0031 LINEST | 0032 TREND | 0033 LOGEST | 0034 GROWTH | 0035 GOTO
0036 HALT | 0037 RETURN | 0038 PV | 0039 FV | 003a NPER | 003b PMT | 003c RATE | 003d MIRR
003e IRR | 003f RAND | 0040 MATCH | 0041 DATE | 0042 TIME | 0043 DAY | 0044 MONTH | 0045 YEAR
0046 WEEKDAY | 0047 HOUR | 0048 MINUTE | 0049 SECOND | 004a NOW | 004b AREAS | 004c ROWS
004d COLUMNS | 004e OFFSET | 004f ABSREF | 0050 RELREF | 0051 ARGUMENT | 0052 SEARCH
0053 TRANSPOSE | 0054 ERROR | 0055 STEP | 0056 TYPE | 0057 ECHO | 0058 SET.NAME | 0059 CALLER
005a DEREF | 005b WINDOWS | 005c SERIES | 005d DOCUMENTS | 005e ACTIVE.CELL | 005f SELECTION
0060 RESULT | 0061 ATAN2 | 0062 ASIN | 0063 ACOS | 0064 CHOOSE | 0065 HLOOKUP | 0066 VLOOKUP
0067 LINKS | 0068 INPUT | 0069 ISREF | 006a GET.FORMULA | 006b GET.NAME | 006c SET.VALUE
006d LOG | 006e EXEC | 006f CHAR | 0070 LOWER | 0071 UPPER | 0072 PROPER | 0073 LEFT
0074 RIGHT | 0075 EXACT | 0076 TRIM | 0077 REPLACE | 0078 SUBSTITUTE | 0079 CODE | 007a NAMES
007b DIRECTORY | 007c FIND | 007d CELL | 007e ISERR | 007f ISTEXT | 0100 RESET.TOOLBAR
0101 EVALUATE | 0102 GET.TOOLBAR | 0103 GET.TOOL | 0104 SPELLING.CHECK | 0105 ERROR.TYPE
0106 APP.TITLE | 0107 WINDOW.TITLE | 0108 SAVE.TOOLBAR | 0109 ENABLE.TOOL | 010a PRESS.TOOL
010b REGISTER.ID | 010c GET.WORKBOOK | 010d AVEDEV | 010e BETADIST | 010f GAMMALN | 0110 BETAINV
0111 BINOMDIST | 0112 CHIDIST | 0113 CHIINV | 0114 COMBIN | 0116 CRITBINOM | 0117 EVEN
0118 EXPONDIST | 0119 FDIST | 011a FINV | 011b FISHER | 011c FISHERINV | 011d FLOOR
011e GAMMADIST | 011f GAMMAINV | 0120 CEILING | 0121 HYPGEOMDIST | 0122 LOGNORMDIST
0123 LOGINV | 0124 NEGBINOMDIST | 0125 NORMDIST | 0126 NORMSDIST | 0127 NORMINV | 0128 NORMSINV
0129 STANDARDIZE | 012a ODD | 012b PERMUT | 012c POISSON | 012d TDIST | 012e WEIBULL
012f SUMXMY2 | 0130 SUMX2MY2 | 0131 SUMX2PY2 | 0132 CHITEST | 0133 CORREL | 0134 COVAR
0135 FORECAST | 0136 FTEST | 0137 INTERCEPT | 0138 PEARSON | 0139 RSQ | 013a STEYX | 013b SLOPE
013c TTEST | 013d PROB | 013e DEVSQ | 013f GEOMEAN | 0140 HARMEAN | 0141 SUMSQ | 0142 KURT
0143 SKEW | 0144 ZTEST | 0145 LARGE | 0146 SMALL | 0147 QUARTILE | 0148 PERCENTILE
0149 PERCENTRANK | 014a MODE | 014b TRIMMEAN | 014c TINV | 014e MOVIE.COMMAND | 014f GET.MOVIE
0150 CONCATENATE | 0151 POWER | 0152 PIVOT.ADD.DATA | 0153 GET.PIVOT.TABLE
0154 GET.PIVOT.FIELD | 0155 GET.PIVOT.ITEM | 0156 RADIANS | 0157 DEGREES | 0158 SUBTOTAL
0159 SUMIF | 015a COUNTIF | 015b COUNTBLANK | 015c SCENARIO.GET | 015d OPTIONS.LISTS.GET
015e ISPMT | 015f DATEDIF | 0160 DATESTRING | 0161 NUMBERSTRING | 0162 ROMAN | 0163 OPEN.DIALOG
0164 SAVE.DIALOG | 0165 VIEW.GET | 0166 GETPIVOTDATA | 0167 HYPERLINK | 0168 PHONETIC
0169 AVERAGEA | 016a MAXA | 016b MINA | 016c STDEVPA | 016d VARPA | 016e STDEVA | 016f VARA
0170 BAHTTEXT | 0171 THAIDAYOFWEEK | 0172 THAIDIGIT | 0173 THAIMONTHOFYEAR | 0174 THAINUMSOUND
0175 THAINUMSTRING | 0176 THAISTRINGLENGTH | 0177 ISTHAIDIGIT | 0178 ROUNDBAHTDOWN
0179 ROUNDBAHTUP | 017a THAIYEAR | 017b RTD | 8000 BEEP | 8001 OPEN | 8002 OPEN.LINKS
8003 CLOSE.ALL | 8004 SAVE | 8005 SAVE.AS | 8006 FILE.DELETE | 8007 PAGE.SETUP | 8008 PRINT
8009 PRINTER.SETUP | 800a QUIT | 800b NEW.WINDOW | 800c ARRANGE.ALL | 800d WINDOW.SIZE
800e WINDOW.MOVE | 800f FULL | 8010 CLOSE | 8011 RUN | 8016 SET.PRINT.AREA
8017 SET.PRINT.TITLES | 8018 SET.PAGE.BREAK | 8019 REMOVE.PAGE.BREAK | 801a FONT | 801b DISPLAY
801c PROTECT.DOCUMENT | 801d PRECISION | 801e A1.R1C1 | 801f CALCULATE.NOW | 8020 CALCULATION
8022 DATA.FIND | 8023 EXTRACT | 8024 DATA.DELETE | 8025 SET.DATABASE | 8026 SET.CRITERIA
8027 SORT | 8028 DATA.SERIES | 8029 TABLE | 802a FORMAT.NUMBER | 802b ALIGNMENT | 802c STYLE
802d BORDER | 802e CELL.PROTECTION | 802f COLUMN.WIDTH | 8030 UNDO | 8031 CUT | 8032 COPY
8033 PASTE | 8034 CLEAR | 8035 PASTE.SPECIAL | 8036 EDIT.DELETE | 8037 INSERT | 8038 FILL.RIGHT
8039 FILL.DOWN | 803d DEFINE.NAME | 803e CREATE.NAMES | 803f FORMULA.GOTO | 8040 FORMULA.FIND
8041 SELECT.LAST.CELL | 8042 SHOW.ACTIVE.CELL | 8043 GALLERY.AREA | 8044 GALLERY.BAR
8045 GALLERY.COLUMN | 8046 GALLERY.LINE | 8047 GALLERY.PIE | 8048 GALLERY.SCATTER
8049 COMBINATION | 804a PREFERRED | 804b ADD.OVERLAY | 804c GRIDLINES | 804e AXES | 804f LEGEND
8050 ATTACH.TEXT | 8051 ADD.ARROW | 8052 SELECT.CHART | 8053 SELECT.PLOT.AREA | 8054 PATTERNS
8055 MAIN.CHART | 8056 OVERLAY | 8057 SCALE | 8058 FORMAT.LEGEND | 8059 FORMAT.TEXT
805a EDIT.REPEAT | 805b PARSE | 805c JUSTIFY | 805d HIDE | 805e UNHIDE | 805f WORKSPACE
8060 FORMULA | 8061 FORMULA.FILL | 8062 FORMULA.ARRAY | 8063 DATA.FIND.NEXT
8064 DATA.FIND.PREV | 8065 FORMULA.FIND.NEXT | 8066 FORMULA.FIND.PREV | 8067 ACTIVATE
8068 ACTIVATE.NEXT | 8069 ACTIVATE.PREV | 806a UNLOCKED.NEXT | 806b UNLOCKED.PREV
806c COPY.PICTURE | 806d SELECT | 806e DELETE.NAME | 806f DELETE.FORMAT | 8070 VLINE
8071 HLINE | 8072 VPAGE | 8073 HPAGE | 8074 VSCROLL | 8075 HSCROLL | 8076 ALERT | 8077 NEW
8079 SHOW.CLIPBOARD | 807a MESSAGE | 807c PASTE.LINK | 807d APP.ACTIVATE | 807e DELETE.ARROW
807f ROW.HEIGHT | 8100 ZOOM | 8103 INSERT.OBJECT | 8104 WINDOW.MINIMIZE | 8109 SOUND.NOTE
810a SOUND.PLAY | 810b FORMAT.SHAPE | 810c EXTEND.POLYGON | 810d FORMAT.AUTO
8110 GALLERY.3D.BAR | 8111 GALLERY.3D.SURFACE | 8112 FILL.AUTO | 8114 CUSTOMIZE.TOOLBAR
8115 ADD.TOOL | 8116 EDIT.OBJECT | 8117 ON.DOUBLECLICK | 8118 ON.ENTRY | 8119 WORKBOOK.ADD
811a WORKBOOK.MOVE | 811b WORKBOOK.COPY | 811c WORKBOOK.OPTIONS | 811d SAVE.WORKSPACE
8120 CHART.WIZARD | 8121 DELETE.TOOL | 8122 MOVE.TOOL | 8123 WORKBOOK.SELECT
8124 WORKBOOK.ACTIVATE | 8125 ASSIGN.TO.TOOL | 8127 COPY.TOOL | 8128 RESET.TOOL
8129 CONSTRAIN.NUMERIC | 812a PASTE.TOOL | 812e WORKBOOK.NEW | 8131 SCENARIO.CELLS
8132 SCENARIO.DELETE | 8133 SCENARIO.ADD | 8134 SCENARIO.EDIT | 8135 SCENARIO.SHOW
8136 SCENARIO.SHOW.NEXT | 8137 SCENARIO.SUMMARY | 8138 PIVOT.TABLE.WIZARD
8139 PIVOT.FIELD.PROPERTIES | 813a PIVOT.FIELD | 813b PIVOT.ITEM | 813c PIVOT.ADD.FIELDS
813e OPTIONS.CALCULATION | 813f OPTIONS.EDIT | 8141 ADDIN.MANAGER | 8142 MENU.EDITOR
8143 ATTACH.TOOLBARS | 8144 VBAActivate | 8145 OPTIONS.CHART | 8148 VBA.INSERT.FILE
814a VBA.PROCEDURE.DEFINITION | 8150 ROUTING.SLIP | 8152 ROUTE.DOCUMENT | 8153 MAIL.LOGON
8156 INSERT.PICTURE | 8157 EDIT.TOOL | 8158 GALLERY.DOUGHNUT | 815e CHART.TREND
8160 PIVOT.ITEM.PROPERTIES | 8162 WORKBOOK.INSERT | 8163 OPTIONS.TRANSITION
8164 OPTIONS.GENERAL | 8172 FILTER.ADVANCED | 8175 MAIL.ADD.MAILER | 8176 MAIL.DELETE.MAILER
8177 MAIL.REPLY | 8178 MAIL.REPLY.ALL | 8179 MAIL.FORWARD | 817a MAIL.NEXT.LETTER
817b DATA.LABEL | 817c INSERT.TITLE | 817d FONT.PROPERTIES | 817e MACRO.OPTIONS
817f WORKBOOK.HIDE | 8205 MSOCHECKS | 8206 NORMAL | 8207 LAYOUT | 820a ADD.PRINT.AREA
820b MOVE.BRK | 8221 HIDECURR.NOTE | 8222 HIDEALL.NOTES | 8223 DELETE.NOTE | 8224 TRAVERSE.NOTES
8225 ACTIVATE.NOTES | 826c PROTECT.REVISIONS | 826d UNPROTECT.REVISIONS | 8328 HIDEALL.INKANNOTS
"""

_TOKENS: Final = """
01 ptgExp | 02 ptgTbl | 03 ptgAdd | 04 ptgSub | 05 ptgMul | 06 ptgDiv | 07 ptgPower
08 ptgConcat | 09 ptgLT | 0a ptgLE | 0b ptgEQ | 0c ptgGE | 0d ptgGT | 0e ptgNE | 0f ptgIsect
10 ptgUnion | 11 ptgRange | 12 ptgUplus | 13 ptgUminus | 14 ptgPercent | 15 ptgParen
16 ptgMissArg | 17 ptgStr | 19 ptgAttr | 1a ptgSheet | 1b ptgEndSheet | 1c ptgErr | 1d ptgBool
1e ptgInt | 1f ptgNum | 20 ptgArray | 21 ptgFunc | 22 ptgFuncVar | 23 ptgName | 24 ptgRef
25 ptgArea | 26 ptgMemArea | 27 ptgMemErr | 28 ptgMemNoMem | 29 ptgMemFunc | 2a ptgRefErr
2b ptgAreaErr | 2c ptgRefN | 2d ptgAreaN | 2e ptgMemAreaN | 2f ptgMemNoMemN | 39 ptgNameX
3a ptgRef3d | 3b ptgArea3d | 3c ptgRefErr3d | 3d ptgAreaErr3d | 40 ptgArrayV | 41 ptgFuncV
42 ptgFuncVarV | 43 ptgNameV | 44 ptgRefV | 45 ptgAreaV | 46 ptgMemAreaV | 47 ptgMemErrV
48 ptgMemNoMemV | 49 ptgMemFuncV | 4a ptgRefErrV | 4b ptgAreaErrV | 4c ptgRefNV | 4d ptgAreaNV
4e ptgMemAreaNV | 4f ptgMemNoMemNV | 58 ptgFuncCEV | 59 ptgNameXV | 5a ptgRef3dV | 5b ptgArea3dV
5c ptgRefErr3dV | 5d ptgAreaErr3dV | 60 ptgArrayA | 61 ptgFuncA | 62 ptgFuncVarA | 63 ptgNameA
64 ptgRefA | 65 ptgAreaA | 66 ptgMemAreaA | 67 ptgMemErrA | 68 ptgMemNoMemA | 69 ptgMemFuncA
6a ptgRefErrA | 6b ptgAreaErrA | 6c ptgRefNA | 6d ptgAreaNA | 6e ptgMemAreaNA | 6f ptgMemNoMemNA
78 ptgFuncCEA | 79 ptgNameXA | 7a ptgRef3dA | 7b ptgArea3dA | 7c ptgRefErr3dA | 7d ptgAreaErr3dA
"""
