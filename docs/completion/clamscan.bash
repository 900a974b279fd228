# bash completion of clamscan; made from the option table
_clamscan() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=""
    # COMP_WORDBREAKS makes a word of its own out of =
    [[ $cur == = ]] && cur=
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}
    COMPREPLY=()
    case $prev in
        --move|--copy|--cvdcertsdir|--tempdir) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --hash-alg) words='md5 sha1 sha2-256 sha256' ;;
        --bytecode-mode) words='Auto ForceJIT ForceInterpreter Test' ;;
    esac
    [[ -z $words && $cur == -* ]] && words='--help --version --verbose --archive-verbose --debug --quiet --stdout --no-summary --infected --suppress-ok-results --bell --log= --log-hash --log-file-type --gen-json --json-store-html-uris --json-store-pdf-uris --json-store-extra-hashes --recursive --file-list= --cross-fs --follow-dir-symlinks= --follow-file-symlinks= --max-dir-recursion= --exclude= --exclude-dir= --include= --include-dir= --hash-hint= --hash-alg= --file-type-hint= --remove --move= --copy= --database= --cvdcertsdir= --official-db-only --fail-if-cvd-older-than= --fips-limits --detect-pua --exclude-pua= --include-pua= --bytecode --bytecode-unsigned --bytecode-timeout= --bytecode-mode= --allmatch --normalize --scan-pe --scan-elf --scan-mail --scan-html --scan-ole2 --scan-pdf --scan-swf --scan-xmldocs --scan-hwp3 --scan-onenote --scan-archive --scan-image --scan-image-fuzzy-hash --force-to-disk --leave-temps --tempdir= --nocerts --dumpcerts --disable-cache --cache-size= --heuristic-alerts --heuristic-scan-precedence --phishing-sigs --phishing-scan-urls --alert-phishing-ssl --alert-phishing-cloak --alert-exceeds-max --alert-broken --alert-broken-media --alert-encrypted --alert-encrypted-archive --alert-encrypted-doc --alert-macros --alert-partition-intersection --detect-structured --structured-cc-count= --structured-cc-mode --structured-ssn-count= --structured-ssn-format= --max-scantime= --max-scansize= --max-filesize= --max-recursion= --max-files= --max-embeddedpe= --max-htmlnormalize= --max-htmlnotags= --max-scriptnormalize= --max-ziptypercg= --max-partitions= --max-iconspe= --max-rechwp3= --pcre-match-limit= --pcre-recmatch-limit= --pcre-max-filesize='
    if [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        [[ ${COMPREPLY-} == *= ]] && compopt -o nospace
        return 0
    fi
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _clamscan clamscan
