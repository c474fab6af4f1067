// Command tap-intercom reads an Intercom workspace and writes Singer messages.
package main

import (
	"context"
	"os"

	"intercomdw/singer/program"
	"intercomdw/tap-intercom/tap"
)

func main() { os.Exit(tap.Main(context.Background(), program.OS())) }
