package singer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"intercomdw/singer"
)

// recorder keeps every Write apart and fails when told to.
type recorder struct {
	writes []string
	err    error
}

func (r *recorder) Write(b []byte) (int, error) {
	r.writes = append(r.writes, string(b))
	return len(b), r.err
}

func TestEncoderWritesOneMessageWithOneWrite(t *testing.T) {
	t.Parallel()
	var r recorder
	e := singer.NewEncoder(&r)
	at := time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("", 3600))
	for _, err := range []error{
		e.Schema("us\"ers", jsontext.Value("{\n \"properties\" : {}\n}"), []string{"id"}, []string{"at"}),
		e.Schema("tags", jsontext.Value(`{}`), nil, nil),
		e.Record("users", jsontext.Value(`{"id": 1.10, "name": "\ud83d\ude00\ud800\u0000"}`), singer.RecordOptions{TimeExtracted: at, Version: 3}),
		e.Record("users", jsontext.Value(`{}`), singer.RecordOptions{HasVersion: true}),
		e.State(jsontext.Value(`{"a": 1.0,"a":"\u0041"}`)),
		e.ActivateVersion("users", 0),
		e.Value(jsontext.Value("{\"a\" : \"\\u0041\",\r\n\"b\":1e2}")),
	} {
		if err != nil {
			t.Error(err)
		}
	}
	want := []string{
		`{"type":"SCHEMA","stream":"us\"ers","schema":{"properties":{}},"key_properties":["id"],"bookmark_properties":["at"]}` + "\n",
		`{"type":"SCHEMA","stream":"tags","schema":{},"key_properties":[]}` + "\n",
		`{"type":"RECORD","stream":"users","record":{"id":1.10,"name":"😀` + "\uFFFD" + `\u0000"},"time_extracted":"2026-01-02T02:04:05.000006Z","version":3}` + "\n",
		`{"type":"RECORD","stream":"users","record":{},"version":0}` + "\n",
		`{"type":"STATE","value":{"a": 1.0,"a":"\u0041"}}` + "\n",
		`{"type":"ACTIVATE_VERSION","stream":"users","version":0}` + "\n",
		`{"a":"\u0041","b":1e2}` + "\n",
	}
	if diff := cmp.Diff(want, r.writes); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestEncoderRefusesWhatIsNoJSONAndGoesOn(t *testing.T) {
	t.Parallel()
	var r recorder
	e := singer.NewEncoder(&r)
	for _, v := range []string{``, `{`, `{"a":NaN}`, `{} {}`, `01`} {
		if err := e.Record("users", jsontext.Value(v), singer.RecordOptions{}); err == nil {
			t.Errorf("Record(%q) passed", v)
		}
		if err := e.State(jsontext.Value(v)); err == nil {
			t.Errorf("State(%q) passed", v)
		}
		if err := e.Schema("users", jsontext.Value(v), nil, nil); err == nil {
			t.Errorf("Schema(%q) passed", v)
		}
	}
	if len(r.writes) != 0 {
		t.Errorf("written: %q", r.writes)
	}
	if err := e.State(jsontext.Value(`{}`)); err != nil || len(r.writes) != 1 {
		t.Errorf("a good message after bad ones: %v, written %q", err, r.writes)
	}
}

func TestEncoderErrorsStick(t *testing.T) {
	t.Parallel()
	r := recorder{err: errors.New("disk full")}
	e := singer.NewEncoder(&r)
	for range 2 {
		if err := e.State(jsontext.Value(`{}`)); err == nil || err.Error() != "write message: disk full" {
			t.Errorf("error = %v", err)
		}
	}
	if len(r.writes) != 1 || e.Err() == nil {
		t.Errorf("%d writes after an error, Err() = %v", len(r.writes), e.Err())
	}
	for _, broken := range []error{syscall.EPIPE, io.ErrClosedPipe} {
		e := singer.NewEncoder(&recorder{err: fmt.Errorf("write |1: %w", broken)})
		if err := e.State(jsontext.Value(`{}`)); !errors.Is(err, singer.ErrBrokenPipe) || !errors.Is(err, broken) {
			t.Errorf("error %v is not %v", err, singer.ErrBrokenPipe)
		}
	}
}

func TestEncoderIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	e := singer.NewEncoder(&out)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			body := jsontext.Value(fmt.Sprintf(`{"n":%d,"x":%q}`, i, strings.Repeat("y", i*1000)))
			for range 50 {
				if err := e.Record("users", body, singer.RecordOptions{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	d := singer.NewDecoder(&out, singer.DecoderOptions{})
	n := 0
	for ; ; n++ {
		if _, err := d.Decode(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if n != 400 {
		t.Errorf("%d messages came out whole, want 400", n)
	}
}
