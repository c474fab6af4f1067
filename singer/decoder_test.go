package singer_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"intercomdw/singer"
)

func TestDecoderReportsUnknownTypesOnceAndGoesOn(t *testing.T) {
	t.Parallel()
	const input = `{"type":"HEARTBEAT"}
{"type":"STATE","value":1}
{"type":"HEARTBEAT","stream":"x"}
{"type":"heartbeat"}

{"type":"state","value":2}
`
	var unknown []string
	d := singer.NewDecoder(strings.NewReader(input), singer.DecoderOptions{
		Unknown: func(typ string, line int64) { unknown = append(unknown, fmt.Sprintf("%s@%d", typ, line)) },
	})
	var got []string
	for {
		m, err := d.Decode()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%v %s@%d", m.Kind, m.Value, m.Line))
	}
	if want := []string{"STATE 1@2", "STATE 2@6"}; !slices.Equal(got, want) {
		t.Errorf("messages %q, want %q", got, want)
	}
	if want := []string{"HEARTBEAT@1", "heartbeat@4"}; !slices.Equal(unknown, want) {
		t.Errorf("unknown %q, want %q", unknown, want)
	}
}

func TestDecoderStopsAtABrokenLine(t *testing.T) {
	t.Parallel()
	d := singer.NewDecoder(strings.NewReader("{\"type\":\"STATE\",\"value\":1}\n{\"type\":\"STATE\"}\n{\"type\":\"STATE\",\"value\":3}\n"), singer.DecoderOptions{})
	if _, err := d.Decode(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := d.Decode()
		in, ok := errors.AsType[*singer.InputError](err)
		if !ok || in.Line != 2 {
			t.Errorf("Decode() error = %v, want one for line 2, each time", err)
		}
	}
}

// Not parallel: testing.AllocsPerRun counts those of the whole process.
func TestDecoderSharesStreamNames(t *testing.T) {
	line := `{"type":"RECORD","stream":"conversation_parts","record":{"id":"1"}}` + "\n"
	d := singer.NewDecoder(strings.NewReader(strings.Repeat(line, 3000)), singer.DecoderOptions{})
	allocs := testing.AllocsPerRun(1000, func() {
		if _, err := d.Decode(); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 3 {
		t.Errorf("%v allocations per record, want at most 3", allocs)
	}
}
