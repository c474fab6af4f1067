// Package program is what every Singer program shares around its work: flags,
// configuration, logging, signals, progress on a terminal and exit codes.
//
// A program is described by a [Program] value: its name, its flags and the type
// of its configuration, a struct whose tags say everything about a setting:
//
//	type Config struct {
//		AccessToken secret.String `json:"access_token" required:"true" doc:"access token of the workspace"`
//		Region      string        `json:"region" default:"us" enum:"us,eu,au" doc:"where the workspace lives"`
//		PageSize    int           `json:"page_size" default:"150" min:"1" max:"150" doc:"records per page"`
//		StartDate   string        `json:"start_date" format:"date-time" doc:"nothing older is read"`
//	}
//
// From these tags come defaults, checks, environment variables, --about, the
// JSON Schema of the settings, the Meltano definition and the table of a README.
// A main is then one line:
//
//	func main() { os.Exit(tap.Program.Main(context.Background(), program.OS())) }
//
// Nothing but data goes to standard output, except what is asked for with
// --help, --version and --about. The exit code is 0 when the work is done, 1
// when it failed and 2 for wrong use or configuration.
//
// What flows through the program is left to package singer and to the program.
package program
