#compdef tap-intercom
# Completes the command line of tap-intercom in zsh. Generated from its flags.
_tap_intercom() {
  local -a line suggestions
  line=("${(@)words[1,CURRENT-1]}")
  if [[ $words[CURRENT] == -* ]]; then line+=(-); fi
  suggestions=("${(@f)$("${line[@]}" --generate-bash-completion 2>/dev/null)}")
  if [[ -n $suggestions[1] ]]; then compadd -a suggestions; else _files; fi
}
if [[ $funcstack[1] == _tap_intercom ]]; then _tap_intercom "$@"; else compdef _tap_intercom tap-intercom; fi
