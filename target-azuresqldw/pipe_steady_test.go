package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

// steadyTap is a tap that never sends a record twice, whatever state it goes on from: entries of a log without key,
// each with a user that has children, and a STATE after every third.
func steadyTap(entries int) {
	name := flag.String("state", "", "state to go on from")
	flag.Parse()
	var state struct{ At int }
	raw, err := os.ReadFile(*name)
	if err == nil {
		err = json.Unmarshal(raw, &state)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	fmt.Fprintln(out, `{"type":"SCHEMA","stream":"log","key_properties":[],"schema":{"properties":{"n":{"type":"integer"},"words":{"type":"array","items":{"type":"string"}}}}}`)
	fmt.Fprintln(out, `{"type":"SCHEMA","stream":"users","key_properties":["id"],"schema":{"properties":{"id":{"type":"integer"},"name":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}}}}}`)
	for n := state.At + 1; n <= entries; n++ {
		fmt.Fprintf(out, `{"type":"RECORD","stream":"log","record":{"n":%d,"words":["a%[1]d","b%[1]d"]}}`+"\n", n)
		fmt.Fprintf(out, `{"type":"RECORD","stream":"users","record":{"id":%d,"name":"name %d","tags":["t%[2]d"]}}`+"\n", n%4, n)
		if n%3 == 0 {
			fmt.Fprintf(out, `{"type":"STATE","value":{"at":%d}}`+"\n", n)
		}
	}
	if err := out.Flush(); err != nil {
		os.Exit(1)
	}
}
