package singer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"intercomdw/singer"
)

func TestLongMessagesAreLeftToWhoeverKeepsThem(t *testing.T) {
	t.Parallel()
	const great = 1 << 20
	var in strings.Builder
	values := []string{`1`, quoted("a", 3*great), `2`, quoted("b", 3*great), quoted("c", 5*great), quoted("d", great/2), `3`}
	for _, v := range values {
		fmt.Fprintf(&in, `{"type":"STATE","value":%s}`+"\n", v)
	}
	var asked []int
	d := singer.NewDecoder(iotest.HalfReader(strings.NewReader(in.String())), singer.DecoderOptions{Grow: func(bytes int) { asked = append(asked, bytes) }})
	var got [][]byte
	kept := 0
	for range values {
		m, err := d.Decode()
		if err != nil {
			t.Fatal(err)
		}
		value := []byte(m.Value)
		switch room := d.Keep(); {
		case room == 0:
			value = bytes.Clone(value)
		case room < len(value) || room > 3*len(value):
			t.Errorf("a value of %d bytes takes %d", len(value), room)
		case d.Keep() != 0:
			t.Error("a line is left twice")
		default:
			kept++
		}
		got = append(got, value)
	}
	for i, want := range values {
		if string(got[i]) != want {
			t.Errorf("value %d has %d bytes that differ from the %d written", i+1, len(got[i]), len(want))
		}
	}
	if kept != 3 || len(asked) < 3 || slices.Min(asked) <= great {
		t.Errorf("%d lines were left; asked for room for %v bytes", kept, asked)
	}
	if _, err := d.Decode(); !errors.Is(err, io.EOF) {
		t.Errorf("Decode = %v", err)
	}
	if room := d.Keep(); room != 0 {
		t.Errorf("%d bytes are left after the end", room)
	}
}

func quoted(c string, n int) string { return `"` + strings.Repeat(c, n) + `"` }
