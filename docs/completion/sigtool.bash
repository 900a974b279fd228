# bash completion of sigtool; made from the option table
_sigtool() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=""
    # COMP_WORDBREAKS makes a word of its own out of =
    [[ $cur == = ]] && cur=
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}
    COMPREPLY=()
    case $prev in
        --cvdcertsdir) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    esac
    [[ -z $words && $cur == -* ]] && words='--help --version --verbose --debug --quiet --stdout --gen-json --cvdcertsdir= --fips-limits --hex-dump --md5 --sha1 --sha2-256 --mdb --imp --fuzzy-img --print-certs= --html-normalise= --ascii-normalise= --utf16-decode= --vba= --vba-hex= --list-sigs= --find-sigs= --decode-sigs --test-sigs= --build= --max-bad-sigs= --flevel= --cvd-version= --unsigned --no-cdiff --hybrid --server= --sign= --verify= --key= --cert= --append --info= --unpack= --unpack-current= --diff= --compare= --run-cdiff= --verify-cdiff= --datadir= --tempdir= --leave-temps'
    if [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        [[ ${COMPREPLY-} == *= ]] && compopt -o nospace
        return 0
    fi
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _sigtool sigtool
