package tap

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestSpoolGivesBackWhatWasPutAndLeavesNoFile(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	files := func() int {
		t.Helper()
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(entries)
	}
	s, err := newSpool()
	if err != nil {
		t.Fatal(err)
	}
	if n := files(); n != 0 && runtime.GOOS != "windows" {
		t.Errorf("%d files while the spool is open: a killed program would leave them", n)
	}
	long := jsontext.Value(`"` + strings.Repeat("x", 1<<17) + `"`)
	for _, v := range []jsontext.Value{jsontext.Value(`{"id":"1"}`), long, jsontext.Value(`{}`)} {
		if err := s.put(v); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for {
		values, err := s.next(2)
		if err != nil {
			t.Fatal(err)
		}
		if len(values) == 0 {
			break
		}
		for _, v := range values {
			got = append(got, string(v))
		}
	}
	if want := []string{`{"id":"1"}`, string(long), `{}`}; strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the spool gave %d values that differ from what was put", len(got))
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if n := files(); n != 0 {
		t.Errorf("%d files are left", n)
	}
}
