# bash completion of clamonacc; made from the option table
_clamonacc() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=""
    # COMP_WORDBREAKS makes a word of its own out of =
    [[ $cur == = ]] && cur=
    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}
    COMPREPLY=()
    case $prev in
        --move|--copy) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    esac
    [[ -z $words && $cur == -* ]] && words='--help --version --verbose --quiet --stdout --infected --log= --fdpass --stream --multiscan --ping= --wait --remove --move= --copy= --fips-limits --allmatch --config-file= --foreground --watch-list= --exclude-list='
    if [[ -n $words ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
        [[ ${COMPREPLY-} == *= ]] && compopt -o nospace
        return 0
    fi
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}
complete -o filenames -F _clamonacc clamonacc
