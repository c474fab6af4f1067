package target

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intercomdw/singer/program"
	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/synapsetest"
)

// A house is a pool and a storage account, both doubles behind real sockets, and the program as people start it.
type house struct {
	t     testing.TB
	pool  *synapsetest.Server
	store *blobtest.Server
	set   map[string]any // settings that are not the usual ones

	patience *patience // other than the usual
}

func newHouse(t testing.TB) *house {
	t.Helper()
	return &house{
		t:     t,
		pool:  synapsetest.New(t, synapsetest.Options{}),
		store: blobtest.New(t, blobtest.Options{Containers: []string{"files"}}),
		set:   map[string]any{},
	}
}

// config writes the settings to a file.
func (h *house) config() string {
	h.t.Helper()
	host, port, err := net.SplitHostPort(h.pool.Addr())
	if err != nil {
		h.t.Fatal(err)
	}
	settings := map[string]any{
		"host": host, "port": port, "database": h.pool.Database(), "user": h.pool.User(), "password": h.pool.Password(),
		"trust_server_certificate": true, "default_target_schema": "raw", "add_record_metadata": false,
		"blob_endpoint": h.store.URL, "container": "files", "account_key": h.store.Key, "pipeline": "test",
	}
	maps.Copy(settings, h.set)
	raw, err := json.Marshal(settings)
	if err != nil {
		h.t.Fatal(err)
	}
	name := filepath.Join(h.t.TempDir(), "config.json")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		h.t.Fatal(err)
	}
	return name
}

// outcome is what a run of the program left behind.
type outcome struct {
	code   int
	states []string // the lines of standard output
	log    string
}

func (h *house) start(ctx context.Context, in io.Reader, args ...string) outcome {
	h.t.Helper()
	var out, log bytes.Buffer
	p := Program("")
	if h.patience != nil {
		check := p.Check
		p.Check = func(c *Config) error {
			c.patience = h.patience
			return check(c)
		}
	}
	code := p.Main(ctx, program.Stdio{
		Args: append(args, "--config", h.config()), Stdin: in, Stdout: &out, Stderr: &log,
		Signals: make(chan os.Signal), Exit: func(int) {},
	})
	o := outcome{code: code, log: log.String()}
	if out.Len() > 0 {
		o.states = strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	}
	return o
}

// load runs the program over lines and wants it to succeed.
func (h *house) load(lines ...string) outcome {
	h.t.Helper()
	o := h.start(h.t.Context(), strings.NewReader(strings.Join(lines, "\n")+"\n"))
	if o.code != 0 {
		h.t.Fatalf("exit code %d:\n%s", o.code, o.log)
	}
	return o
}

// fail runs the program over lines and wants it to fail.
func (h *house) fail(lines ...string) outcome {
	h.t.Helper()
	o := h.start(h.t.Context(), strings.NewReader(strings.Join(lines, "\n")+"\n"))
	if o.code != 1 {
		h.t.Fatalf("exit code %d, want 1:\n%s", o.code, o.log)
	}
	return o
}

// rows is what a query gives, a line for each row.
func (h *house) rows(query string) []string {
	h.t.Helper()
	r, err := h.pool.Query(query)
	if err != nil {
		h.t.Fatalf("%s: %v", query, err)
	}
	var lines []string
	for _, row := range r.Text() {
		lines = append(lines, strings.Join(row, "|"))
	}
	return lines
}

func (h *house) want(query string, want ...string) {
	h.t.Helper()
	if diff := cmp.Diff(want, h.rows(query)); diff != "" {
		h.t.Errorf("%s:\n%s", query, diff)
	}
}

// clean wants nothing to be left on the way.
func (h *house) clean() {
	h.t.Helper()
	if names := h.store.Names("files", ""); len(names) > 0 {
		h.t.Errorf("files are left: %v", names)
	}
	if tables := h.rows("SELECT name FROM sys.tables WHERE name LIKE '[_]sdc[_]stg[_]%'"); len(tables) > 0 {
		h.t.Errorf("staging tables are left: %v", tables)
	}
}

func TestAStreamBecomesATable(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	o := h.load(
		`{"type":"SCHEMA","stream":"users","key_properties":["id"],"schema":{"properties":{"id":{"type":"string"},"name":{"type":["null","string"]},"n":{"type":"integer"},"d":{"type":"number"},"at":{"type":"string","format":"date-time"},"ok":{"type":"boolean"},"tags":{"type":"array","items":{"type":"string"}}}}}`,
		`{"type":"RECORD","stream":"users","record":{"id":"a","name":"","n":9223372036854775807,"d":0.1,"at":"2020-01-02T03:04:05.6789+02:00","ok":true,"tags":["x","y"]}}`,
		`{"type":"RECORD","stream":"users","record":{"id":"A","name":null,"n":-1,"d":-1e-7,"at":"0001-01-01T00:00:00Z","ok":false}}`,
		`{"type":"RECORD","stream":"users","record":{"id":"a ","name":"a \"b\"\r\n, é 😀"}}`,
		`{"type":"STATE","value":{"at":1}}`,
	)
	if !slices.Equal(o.states, []string{`{"at":1}`}) {
		t.Errorf("states %q", o.states)
	}
	h.want("SELECT id, name, n, d, at, ok FROM raw.users ORDER BY n",
		"a |a \"b\"\r\n, é 😀|NULL|NULL|NULL|NULL", "A|NULL|-1|-0.0000001|0001-01-01 00:00:00.0000000 +00:00|0", "a||9223372036854775807|0.1000000|2020-01-02 03:04:05.6789000 +02:00|1")
	h.want("SELECT _sdc_source_key_id, _sdc_level_0_id, _sdc_value FROM raw.users__tags ORDER BY 2", "a|0|x", "a|1|y")
	h.want("SELECT pipeline, state FROM raw._sdc_state", `test|{"at":1}`)
	h.clean()

	h.load(`{"type":"SCHEMA","stream":"users","key_properties":["id"],"schema":{"properties":{"id":{"type":"string"},"name":{"type":["null","string"]}}}}`,
		`{"type":"RECORD","stream":"users","record":{"id":"a","name":"`+strings.Repeat("é", 300)+`","tags":["z"]}}`,
		`{"type":"RECORD","stream":"users","record":{"id":"new","extra":12.5}}`,
		`{"type":"STATE","value":{"at":2}}`)
	h.want("SELECT id, LEN(name), extra FROM raw.users ORDER BY id", "A|NULL|NULL", "a |13|NULL", "a|300|NULL", "new|NULL|12.5")
	h.want("SELECT _sdc_source_key_id, _sdc_level_0_id, _sdc_value FROM raw.users__tags ORDER BY 2", "a|0|z")
	h.clean()
}

func TestStateIsPrinted(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if o := h.start(t.Context(), nil, "state"); o.code != 0 || !slices.Equal(o.states, []string{"{}"}) {
		t.Errorf("before any load: %d %q\n%s", o.code, o.states, o.log)
	}
	h.load(state(1), state(2))
	if o := h.start(t.Context(), nil, "state"); o.code != 0 || !slices.Equal(o.states, []string{`{"at":2}`}) {
		t.Errorf("after a load: %d %q\n%s", o.code, o.states, o.log)
	}
	if o := h.start(t.Context(), nil, "--test"); o.code != 0 {
		t.Errorf("--test: %s", o.log)
	}
	h.clean()
}
