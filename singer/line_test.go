package singer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"intercomdw/singer"
)

// readLines returns each line with its number, and the error at the end.
func readLines(r io.Reader, maxBytes int) (lines []string, err error) {
	lr := singer.NewLineReader(r, maxBytes)
	for {
		line, number, err := lr.Next()
		if err != nil {
			return lines, err
		}
		lines = append(lines, fmt.Sprintf("%d:%s", number, line))
	}
}

func TestLineReaderKeepsLineNumbersAcrossBlankLines(t *testing.T) {
	t.Parallel()
	const input = "\xef\xbb\xbf{\"a\":1}\r\n\n  \t\n{\"b\":2}\n{\"c\":3}"
	const want = `1:{"a":1} 4:{"b":2} 5:{"c":3}`
	for name, r := range map[string]io.Reader{
		"whole":           strings.NewReader(input),
		"byte by byte":    iotest.OneByteReader(strings.NewReader(input)),
		"data with EOF":   iotest.DataErrReader(strings.NewReader(input)),
		"in two halves":   iotest.HalfReader(strings.NewReader(input)),
		"a few at a time": iotest.HalfReader(iotest.DataErrReader(strings.NewReader(input))),
	} {
		got, err := readLines(r, 0)
		if !errors.Is(err, io.EOF) || strings.Join(got, " ") != want {
			t.Errorf("%s: %q, %v; want %q, EOF", name, got, err, want)
		}
	}
}

func TestLineReaderTakesLinesOfAnyLengthUpToItsLimit(t *testing.T) {
	t.Parallel()
	const limit = 9 << 20
	long := `"` + strings.Repeat("x", limit-2) + `"`
	got, err := readLines(strings.NewReader("1\n"+long+"\n2\n"), limit)
	if !errors.Is(err, io.EOF) || len(got) != 3 || got[1] != "2:"+long || got[2] != "3:2" {
		t.Errorf("a line of %d bytes: %d lines, error %v", limit, len(got), err)
	}
	for _, end := range []string{"\n", "", "\n2\n"} {
		got, err = readLines(strings.NewReader("1\n"+long[:len(long)-1]+`x"`+end), limit)
		if !errors.Is(err, singer.ErrLineTooLong) || len(got) != 1 || err.Error() != fmt.Sprintf("line 2: line too long: more than %d bytes", limit) {
			t.Errorf("a line of %d bytes: %d lines, error %v", limit+1, len(got), err)
		}
	}
}

func TestLineReaderDoesNotReadBeyondItsLimit(t *testing.T) {
	t.Parallel()
	endless := iotest.DataErrReader(io.MultiReader(strings.NewReader("{}\n"), endlessReader{}))
	counted := &countingReader{r: endless}
	_, err := readLines(counted, 1<<20)
	if !errors.Is(err, singer.ErrLineTooLong) {
		t.Errorf("error %v, want %v", err, singer.ErrLineTooLong)
	}
	if counted.n > 2<<20 {
		t.Errorf("read %d bytes to find a line above %d", counted.n, 1<<20)
	}
}

type endlessReader struct{}

func (endlessReader) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

type countingReader struct {
	r io.Reader
	n int
}

func (r *countingReader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	r.n += n
	return n, err
}

func TestLastLineCutShortIsAnError(t *testing.T) {
	t.Parallel()
	const record = `{"type":"RECORD","stream":"users","record":{"id":1,"n":-1.5e+3,"s":"\ud83d\ude00 é 😀","l":[true,null, {}]}}`
	for cut := 1; cut < len(record); cut++ {
		got, err := readLines(strings.NewReader("{}\n"+record[:cut]), 0)
		if !errors.Is(err, singer.ErrTruncated) || len(got) != 1 {
			t.Errorf("cut after %d bytes: %q, error %v", cut, got, err)
		}
		if in, ok := errors.AsType[*singer.InputError](err); !ok || in.Line != 2 {
			t.Errorf("cut after %d bytes: error %v does not name line 2", cut, err)
		}
	}
	got, err := readLines(strings.NewReader("{}\n"+record), 0)
	if !errors.Is(err, io.EOF) || len(got) != 2 {
		t.Errorf("whole but without newline: %q, error %v", got, err)
	}
}

func TestALastLineThatIsNoJSONWasNotCutShort(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"INFO done", `{"type":"STATE","value":1}{"type":"STATE","value":2}`, `{"a":NaN}`} {
		got, err := readLines(strings.NewReader("{}\n"+line), 0)
		if !errors.Is(err, io.EOF) || len(got) != 2 {
			t.Errorf("%q: %q, error %v; want it left to the parser", line, got, err)
		}
	}
}

func TestLineReaderPassesReadErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("cable cut")
	lr := singer.NewLineReader(io.MultiReader(strings.NewReader("{}\n{"), iotest.ErrReader(broken)), 0)
	if line, _, err := lr.Next(); err != nil || string(line) != "{}" {
		t.Fatalf("first line = %q, %v", line, err)
	}
	for range 2 { // errors are sticky
		if _, _, err := lr.Next(); !errors.Is(err, broken) || err.Error() != "read line 2: cable cut" {
			t.Errorf("error = %v, want one naming line 2", err)
		}
	}
	lr = singer.NewLineReader(idleReader{}, 0)
	if _, _, err := lr.Next(); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("reader that gives nothing: error %v", err)
	}
}

type idleReader struct{}

func (idleReader) Read([]byte) (int, error) { return 0, nil }

func TestLinesAfterALongOneAreIntact(t *testing.T) {
	t.Parallel()
	var in bytes.Buffer
	var want []string
	for i, size := range []int{1, 5 << 20, 10, 70_000, 4<<20 + 1, 0, 6 << 20, 6 << 20, 200_000, 3} {
		line := `"` + strings.Repeat(string(rune('a'+i)), size) + `"`
		fmt.Fprintln(&in, line)
		want = append(want, fmt.Sprintf("%d:%s", i+1, line))
	}
	got, err := readLines(&in, 0)
	if !errors.Is(err, io.EOF) || len(got) != len(want) {
		t.Fatalf("%d lines, error %v", len(got), err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d differs: %d bytes, want %d", i+1, len(got[i]), len(want[i]))
		}
	}
}
