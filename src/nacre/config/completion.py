"""Completion of command lines in bash and zsh, from the option table."""

from __future__ import annotations

from nacre.config.effect import WITHOUT_EFFECT
from nacre.config.option import Kind, Option, Program
from nacre.config.table import options_of


def bash_completion(program: Program, name: str) -> str:
    """A bash completion script for the program `name`; needs nothing but bash."""
    options = _shown(program)
    words = " ".join(_word(option) for option in options)
    valued = [option for option in options if option.kind is not Kind.BOOL]
    folders = "|".join(_spellings(option) for option in valued if option.metavar == "DIRECTORY")
    cases = [
        f"        {_spellings(option)}) words='{' '.join(option.choices)}' ;;"
        for option in valued
        if option.choices
    ]
    return "\n".join(
        [
            f"# bash completion of {name}; made from the option table",
            f"_{name}() {{",
            '    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words=""',
            "    # COMP_WORDBREAKS makes a word of its own out of =",
            "    [[ $cur == = ]] && cur=",
            "    [[ $prev == = ]] && prev=${COMP_WORDS[COMP_CWORD-2]}",
            "    COMPREPLY=()",
            "    case $prev in",
            f'        {folders}) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;',
            *cases,
            "    esac",
            "    [[ -z $words && $cur == -* ]] && words='" + words + "'",
            "    if [[ -n $words ]]; then",
            '        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")',
            "        [[ ${COMPREPLY-} == *= ]] && compopt -o nospace",
            "        return 0",
            "    fi",
            '    mapfile -t COMPREPLY < <(compgen -f -- "$cur")',
            "}",
            f"complete -o filenames -F _{name} {name}",
            "",
        ]
    )


def zsh_completion(program: Program, name: str) -> str:
    """A zsh completion script for the program `name`."""
    lines = [
        f"#compdef {name}",
        f"# made from the option table of {name}",
        "",
        "_arguments -s -S \\",
    ]
    for option in _shown(program):
        idle = " (no effect yet)" if option.key in WITHOUT_EFFECT else ""
        about = _zsh(option.help + idle)
        repeat = "*" if option.multiple else ""
        long = f"--{option.long}"
        if option.kind is Kind.BOOL:
            lines.append(f"  '{long}=-[{about}]::value:(yes no)' \\")
            if option.short:
                lines.append(f"  '-{option.short}[{about}]' \\")
            continue
        value = f":{option.metavar.lower()}:{_zsh_action(option)}"
        lines.append(f"  '{repeat}{long}=[{about}]{value}' \\")
        if option.short:
            lines.append(f"  '{repeat}-{option.short}+[{about}]{value}' \\")
    lines += ["  '*:file:_files'", ""]
    return "\n".join(lines)


def _shown(program: Program) -> list[Option]:
    return [option for option in options_of(program) if option.shown and option.long]


def _word(option: Option) -> str:
    return f"--{option.long}" + ("" if option.kind is Kind.BOOL else "=")


def _spellings(option: Option) -> str:
    return f"--{option.long}" + (f"|-{option.short}" if option.short else "")


def _zsh(text: str) -> str:
    for char in "\\[]:":
        text = text.replace(char, "\\" + char)
    return text.replace("'", "'\\''")


def _zsh_action(option: Option) -> str:
    if option.choices:
        return f"({' '.join(option.choices)})"
    actions = {"DIRECTORY": "_files -/", "FILE": "_files", "PATH": "_files"}
    return actions.get(option.metavar, "")
