// Command generate derives the schemas in package catalogs from Intercom's OpenAPI description.
//
//	go run ./catalogs/generate -openapi FILE [-openapi FILE]... [-out DIR]
//
// What the first file does not describe is looked for in the next: the description of the newest published version
// comes first, that of the Preview, which alone has some resources, after it.
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
	"slices"

	"intercomdw/singer/program"
)

func main() {
	var openapi []string
	flag.Func("openapi", "Intercom's OpenAPI description, a YAML `FILE`; may be given again", func(file string) error {
		openapi = append(openapi, file)
		return nil
	})
	out := flag.String("out", "catalogs", "`DIR` to write the schemas to")
	flag.Parse()
	if len(openapi) == 0 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := generate(openapi, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", program.Printable(err.Error()))
		os.Exit(1)
	}
}

// generate writes the schema of every stream of the table into the folder out.
func generate(openapi []string, out string) error {
	desc := description{}
	for _, file := range openapi {
		more, err := readFile(file)
		if err != nil {
			return err
		}
		desc.add(more)
	}
	c := newConverter(desc, amendments)
	for _, st := range slices.Concat(streams, contentExports()) {
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

func readFile(file string) (description, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	desc, err := readDescription(f)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return desc, nil
}
