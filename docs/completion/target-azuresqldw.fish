# Completes the command line of target-azuresqldw in fish. Generated from its flags.
complete -c target-azuresqldw -f
complete -c target-azuresqldw -n 'not __fish_seen_subcommand_from state' -l config -s c -r -F -d 'read settings from FILE, or from the environment when it is ENV; may be repeated, the later one wins'
complete -c target-azuresqldw -n 'not __fish_seen_subcommand_from state' -l input -r -F -d 'read messages, in place of standard input, from FILE'
complete -c target-azuresqldw -n 'not __fish_seen_subcommand_from state' -l about -d 'describe the program and its settings'
complete -c target-azuresqldw -n 'not __fish_seen_subcommand_from state' -l format -x -d 'print --about in FORMAT: text, json or markdown'
complete -c target-azuresqldw -n 'not __fish_seen_subcommand_from state' -l version -d 'print the version'
complete -c target-azuresqldw -n 'not __fish_seen_subcommand_from state' -l test -d 'try the configuration out and exit'
complete -c target-azuresqldw -n 'not __fish_seen_subcommand_from state' -l help -s h -d 'show this help'
complete -c target-azuresqldw -n 'not __fish_seen_subcommand_from state' -a state -d 'print the last state committed in the warehouse'
complete -c target-azuresqldw -n '__fish_seen_subcommand_from state' -l config -s c -r -F -d 'read settings from FILE, or from the environment when it is ENV; may be repeated, the later one wins'
complete -c target-azuresqldw -n '__fish_seen_subcommand_from state' -l help -s h -d 'show this help'
