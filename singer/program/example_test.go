package program_test

import (
	"context"
	"fmt"
	"os"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/singer"
	"intercomdw/singer/program"
	"intercomdw/singer/secret"
)

// A tap in full: the tags of its configuration are all there is to write about
// a setting. Its main is os.Exit(p.Main(context.Background(), program.OS())).
func Example() {
	type config struct {
		Token  secret.String `json:"token" required:"true" doc:"token of the account"`
		Region string        `json:"region" default:"us" enum:"us,eu" doc:"where the account lives"`
	}
	p := program.Program[config]{
		Name: "tap-planets", Kind: program.Extractor, Description: "reads planets", Version: "1.0.0",
		Run: func(ctx context.Context, r *program.Run[config]) error {
			out := singer.NewEncoder(r.Stdout)
			schema := jsontext.Value(`{"type":"object","properties":{"name":{"type":"string"}}}`)
			if err := out.Schema("planets", schema, []string{"name"}, nil); err != nil {
				return err
			}
			record := fmt.Sprintf(`{"name":"Mars","region":%q}`, r.Config.Region)
			return out.Record("planets", jsontext.Value(record), singer.RecordOptions{})
		},
	}
	std := program.Stdio{
		Args:   []string{"--config", "ENV"},
		Env:    []string{"TAP_PLANETS_TOKEN=hunter2", "TAP_PLANETS_REGION=eu"},
		Stdout: os.Stdout, Stderr: os.Stderr,
	}
	fmt.Println("exit code", p.Main(context.Background(), std))
	// Output:
	// {"type":"SCHEMA","stream":"planets","schema":{"type":"object","properties":{"name":{"type":"string"}}},"key_properties":["name"]}
	// {"type":"RECORD","stream":"planets","record":{"name":"Mars","region":"eu"}}
	// exit code 0
}
