# bash completion of freshclam; made from the option table
_freshclam() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=""
    # COMP_WORDBREAKS makes a word of its own out of =
    [[ $cur == = ]] && cur=
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}
    COMPREPLY=()
    case $prev in
        --datadir|--cvdcertsdir) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    esac
    [[ -z $words && $cur == -* ]] && words='--help --version --verbose --debug --quiet --stdout --datadir= --cvdcertsdir= --fips-limits --bytecode --config-file= --foreground --pid= --no-warnings --show-progress --daemon --no-dns --list-mirrors --update-db= --log= --user= --checks= --daemon-notify= --on-update-execute= --on-error-execute= --on-outdated-execute= --local-address= --log-rotate'
    if [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        [[ ${COMPREPLY-} == *= ]] && compopt -o nospace
        return 0
    fi
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _freshclam freshclam
