#compdef target-azuresqldw
# Completes the command line of target-azuresqldw in zsh. Generated from its flags.
_target_azuresqldw() {
  local -a line suggestions
  line=("${(@)words[1,CURRENT-1]}")
  if [[ $words[CURRENT] == -* ]]; then line+=(-); fi
  suggestions=("${(@f)$("${line[@]}" --generate-bash-completion 2>/dev/null)}")
  if [[ -n $suggestions[1] ]]; then compadd -a suggestions; else _files; fi
}
if [[ $funcstack[1] == _target_azuresqldw ]]; then _target_azuresqldw "$@"; else compdef _target_azuresqldw target-azuresqldw; fi
