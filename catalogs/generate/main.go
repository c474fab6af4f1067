// Command generate derives the schemas in package catalogs from Intercom's OpenAPI description.
//
//	go run ./catalogs/generate -openapi FILE [-out DIR]
//
// It writes one <stream>.json for each entry of the table in streams.go. The same input gives the same bytes.
//
// The description is a hint rather than a contract: 21 of the 180 JSON examples in the 2.16 file break the
// schema they stand beside. So types are loosened by the rules in convert.go, and what the description has
// wrong or leaves out is put right by the table in amendments.go. Enumerations, required lists, limits, formats other
// than times, and all of Intercom's prose are left behind.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	openapi := flag.String("openapi", "", "Intercom's OpenAPI description, a YAML `FILE`")
	out := flag.String("out", "catalogs", "`DIR` to write the schemas to")
	flag.Parse()
	if *openapi == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := generate(*openapi, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// generate writes the schema of every stream of the table into the folder out.
func generate(openapi, out string) error {
	f, err := os.Open(openapi)
	if err != nil {
		return err
	}
	defer f.Close()
	desc, err := readDescription(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", openapi, err)
	}
	c := newConverter(desc, amendments)
	for _, st := range streams {
		s, err := c.stream(st)
		if err != nil {
			return fmt.Errorf("stream %s: %w", st.name, err)
		}
		if err := os.WriteFile(filepath.Join(out, st.name+".json"), s.encode(), 0o644); err != nil {
			return err
		}
	}
	return c.unused()
}
