package target

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"intercomdw/target-azuresqldw/blobtest"
	"intercomdw/target-azuresqldw/linetest"
	"intercomdw/target-azuresqldw/stage"
	"intercomdw/target-azuresqldw/synapse"
	"intercomdw/target-azuresqldw/synapsetest"
)

// A lineHouse is a house whose program reaches pool and storage over lines that may die; the pool itself reaches the storage without.
type lineHouse struct {
	*house
	tds, http *linetest.Line
}

func newLineHouse(t testing.TB, tds, web *linetest.Cut) *lineHouse {
	t.Helper()
	store := blobtest.New(t, blobtest.Options{Containers: []string{"files"}})
	address := strings.TrimPrefix(strings.TrimSuffix(store.URL, "/"+store.Account), "http://")
	direct := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	t.Cleanup(direct.CloseIdleConnections)
	pool := synapsetest.New(t, synapsetest.Options{HTTP: &http.Client{Transport: direct}})
	h := &lineHouse{house: &house{t: t, pool: pool, store: store, set: map[string]any{}}}
	h.tds, h.http = linetest.NewTDS(t, pool.Addr(), tds), linetest.NewHTTP(t, address, web)
	host, port, err := net.SplitHostPort(h.tds.Addr)
	if err != nil {
		t.Fatal(err)
	}
	smallLoads(h.house)
	h.set["host"], h.set["port"], h.set["encrypt"] = host, port, "disable"
	h.set["blob_endpoint"] = "http://" + h.http.Addr + "/" + store.Account
	return h
}

// impatient has silence found out within moments, though nothing is given up that the pool is still at. With less a busy machine passes for a silent one so
// often that patience, which grows each time, makes a minute of it.
func (h *lineHouse) impatient() {
	none := func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	h.patience = &patience{
		pool: func(o *synapse.Options) {
			o.Patience.Look, o.DialTimeout, o.Sleep = 400*time.Millisecond, 4*time.Second, none
		},
		stage: func(o *stage.Options) {
			o.Silence, o.Patience, o.Retries, o.RetryDelay = 400*time.Millisecond, time.Minute, 50, time.Millisecond
		},
		sleep: none,
	}
}

// A place is where a connection dies.
type place struct {
	tds bool
	cut linetest.Cut
}

func (p place) String() string {
	line := map[bool]string{true: "pool", false: "storage"}[p.tds]
	within := map[bool]string{true: " within", false: ""}[p.cut.Within]
	return fmt.Sprintf("%s %d %v%s %v", line, p.cut.At, p.cut.Direction, within, p.cut.Death)
}

// places are all there are in an undisturbed run.
func places(h *lineHouse) (list []place) {
	for _, tds := range []bool{true, false} {
		line := map[bool]*linetest.Line{true: h.tds, false: h.http}[tds]
		for _, d := range []linetest.Direction{linetest.ToServer, linetest.ToClient} {
			for at := range line.Messages(d) {
				for _, within := range []bool{false, true} {
					for _, death := range []linetest.Death{linetest.Silent, linetest.HalfOpen, linetest.Orphaned} {
						list = append(list, place{tds, linetest.Cut{At: at, Direction: d, Within: within, Death: death}})
					}
				}
			}
		}
	}
	return list
}

// Every place of both lines, each way of dying: the run that meets it or the next one ends with the tables of an undisturbed run, soon.
// One in some thirty is tried by itself; SILENCE=all tries every one, which takes minutes.
func TestAConnectionThatDiesAnywhereIsMadeGood(t *testing.T) {
	t.Parallel()
	calm := newLineHouse(t, nil, nil)
	calm.load(tapFrom(0)...)
	all := places(calm)
	want := calm.contents()
	if len(all) < 600 {
		t.Fatalf("only %d places", len(all))
	}
	step := 31 // meets every combination of direction and death
	if os.Getenv("SILENCE") == "all" {
		step = 1
	}
	var tried, struck, within atomic.Int32
	group := errgroup.Group{}
	group.SetLimit(8) // they wait, most of the time
	for i := 0; i < len(all); i += step {
		group.Go(func() error {
			t.Run(all[i].String(), func(t *testing.T) {
				tried.Add(1)
				var tds, web *linetest.Cut
				if all[i].tds {
					tds = &all[i].cut
				} else {
					web = &all[i].cut
				}
				h := newLineHouse(t, tds, web)
				h.impatient()
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				began := time.Now()
				o := h.start(ctx, strings.NewReader(strings.Join(tapFrom(0), "\n")+"\n"))
				if took := time.Since(began); took > 4*time.Minute { // without bounds it is for ever
					t.Errorf("took %v:\n%s", took, o.log)
				}
				if h.tds.Struck() || h.http.Struck() {
					struck.Add(1)
				}
				if o.code == 0 {
					within.Add(1)
				}
				next := h.load(tapFrom(h.committed())...)
				if diff := cmp.Diff(want, h.contents()); diff != "" {
					t.Errorf("%s\n%s\n%s", diff, o.log, next.log)
				}
				h.clean()
			})
			return nil
		})
	}
	group.Wait()
	if n := int32((len(all) + step - 1) / step); tried.Load() != n || struck.Load() != n {
		t.Errorf("%d places of %d were tried, and at %d a connection died", tried.Load(), n, struck.Load())
	}
	t.Logf("%d places, %d tried, %d made good within the run", len(all), tried.Load(), within.Load())
}
