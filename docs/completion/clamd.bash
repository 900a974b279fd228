# bash completion of clamd; made from the option table
_clamd() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=""
    # COMP_WORDBREAKS makes a word of its own out of =
    [[ $cur == = ]] && cur=
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}
    COMPREPLY=()
    case $prev in
        --datadir|--cvdcertsdir|--tempdir) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
        --bytecode-mode) words='Auto ForceJIT ForceInterpreter Test' ;;
    esac
    [[ -z $words && $cur == -* ]] && words='--help --version --debug --log= --gen-json --json-store-html-uris --json-store-pdf-uris --json-store-extra-hashes --cross-fs --max-dir-recursion= --datadir= --cvdcertsdir= --official-db-only --fail-if-cvd-older-than= --fips-limits --detect-pua --exclude-pua= --include-pua= --bytecode --bytecode-unsigned --bytecode-timeout= --bytecode-mode= --scan-pe --scan-elf --scan-mail --scan-html --scan-ole2 --scan-pdf --scan-swf --scan-xmldocs --scan-hwp3 --scan-onenote --scan-archive --scan-image --scan-image-fuzzy-hash --force-to-disk --leave-temps --tempdir= --nocerts --disable-cache --cache-size= --heuristic-alerts --heuristic-scan-precedence --phishing-sigs --phishing-scan-urls --alert-phishing-ssl --alert-phishing-cloak --alert-exceeds-max --alert-broken --alert-broken-media --alert-encrypted --alert-encrypted-archive --alert-encrypted-doc --alert-macros --alert-partition-intersection --detect-structured --structured-cc-count= --structured-cc-mode --structured-ssn-count= --max-scantime= --max-scansize= --max-filesize= --max-recursion= --max-files= --max-embeddedpe= --max-htmlnormalize= --max-htmlnotags= --max-scriptnormalize= --max-ziptypercg= --max-partitions= --max-iconspe= --max-rechwp3= --pcre-match-limit= --pcre-recmatch-limit= --pcre-max-filesize= --config-file= --foreground --pid= --log-rotate --prelude-enable --prelude-analyzer-name='
    if [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        [[ ${COMPREPLY-} == *= ]] && compopt -o nospace
        return 0
    fi
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _clamd clamd
