# Completes the command line of tap-intercom in fish. Generated from its flags.
complete -c tap-intercom -f
complete -c tap-intercom -l config -s c -r -F -d 'read settings from FILE, or from the environment when it is ENV; may be repeated, the later one wins'
complete -c tap-intercom -l catalog -r -F -d 'read what the catalog in FILE selects'
complete -c tap-intercom -l state -s s -r -F -d 'go on from the state in FILE'
complete -c tap-intercom -l every -x -d 'repeat the sync every INTERVAL, such as 15m, with its state in memory, until a signal comes'
complete -c tap-intercom -l discover -s d -d 'print the catalog; with an access token also what it may read and the types of custom attributes'
complete -c tap-intercom -l about -d 'describe the program and its settings'
complete -c tap-intercom -l format -x -d 'print --about in FORMAT: text, json or markdown'
complete -c tap-intercom -l version -d 'print the version'
complete -c tap-intercom -l test -d 'try the configuration out and exit'
complete -c tap-intercom -l help -s h -d 'show this help'
