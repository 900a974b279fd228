# bash completion of clamconf; made from the option table
_clamconf() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=""
    # COMP_WORDBREAKS makes a word of its own out of =
    [[ $cur == = ]] && cur=
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}
    COMPREPLY=()
    case $prev in
        --config-dir|-c) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    esac
    [[ -z $words && $cur == -* ]] && words='--help --version --config-dir= --non-default --generate-config='
    if [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        [[ ${COMPREPLY-} == *= ]] && compopt -o nospace
        return 0
    fi
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _clamconf clamconf
