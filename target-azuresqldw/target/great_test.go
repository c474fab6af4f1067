package target

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"intercomdw/target-azuresqldw/synapse"
)

func TestLongStringsAreCutWhereTheyMayBe(t *testing.T) {
	t.Parallel()
	parts := []string{`a`, `\n`, `\"`, `\\`, `\u00e9`, `\ud83d\ude00`, `\uD83D`, `\uDE00`, `\u0000`, "\xff", "\xe2\x82", "\u00e9", "\u20ac", "\U0001f600", `u`, `d83d`, "\x82"}
	for seed := range uint64(few(50, 20)) { // more than there are parts
		random := rand.New(rand.NewPCG(seed, 1))
		var b strings.Builder
		few := parts[random.IntN(len(parts)):]
		if seed < uint64(len(parts)) { // nothing else
			few = parts[seed : seed+1]
			b.WriteString(`\n`)
		}
		for b.Len() <= 3*greatBytes {
			b.WriteString(few[random.IntN(len(few))])
		}
		v := jsontext.Value(`"` + b.String() + `"`)
		want, _ := jsontext.AppendUnquote(nil, v)
		wantField, wantWidth, wantReplaced := appendText(nil, want)

		bench := newBench(t, layoutOptions{}, `{"properties":{"s":{"type":"string"}}}`)
		bench.mustAdd(`{"s":` + string(v) + `}`)
		r, c := bench.rower, bench.out.chunks[0]
		if !strings.Contains(string(c.data), string(wantField)) {
			t.Fatalf("seed %d: %d bytes that differ from the %d of the whole string", seed, len(c.data), len(wantField))
		}
		if got := widest(c); got != wantWidth || (bench.out.replaced > 0) != wantReplaced {
			t.Errorf("seed %d: width %d, want %d; replaced %d, want %v", seed, got, wantWidth, bench.out.replaced, wantReplaced)
		}
		if room := cap(r.text) + cap(r.quoted); room > 3*greatBytes {
			t.Errorf("seed %d: %d bytes of scratch", seed, room)
		}
	}
}

func TestLongStringsThatLookLikeTheSentinelAreTold(t *testing.T) {
	t.Parallel()
	bench := newBench(t, layoutOptions{}, `{"properties":{"s":{"type":"string"}}}`)
	bench.rower.sentinel = true
	text := synapse.Sentinel + strings.Repeat("a", greatBytes)
	bench.mustAdd(`{"s":"` + text + `\n"}`)
	if want := `"` + synapse.Sentinel + text + "\n\""; !strings.Contains(string(bench.out.chunks[0].data), want) {
		t.Errorf("%q...", bench.out.chunks[0].data[:40])
	}
}

// widest is the width of the widest column of a chunk.
func widest(c *chunk) (width int) {
	for i := range c.table.columns {
		width = max(width, c.table.columns[i].stat.width, c.stats[i].width)
	}
	return width
}
