package stage

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"
)

func TestPileReadsAsWhatWasAdded(t *testing.T) {
	t.Parallel()
	c := &Container{}
	for _, size := range []int{0, 1, firstPiece, firstPiece + 1, firstPiece + fullPiece, 1_000_000} {
		p := pile{c: c}
		data := noise(uint64(size), size)
		for rest := data; len(rest) > 0; {
			n := min(len(rest), 777)
			p.add(rest[:n])
			rest = rest[n:]
		}
		if p.size != len(data) || p.room < int64(len(data)) || p.room > int64(len(data)+firstPiece+fullPiece) || c.kept.Load() != p.room {
			t.Errorf("%d bytes of %d take %d, %d are counted", p.size, len(data), p.room, c.kept.Load())
		}
		if err := iotest.TestReader(p.reader(), data); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		r := p.reader()
		for range 2 {
			got, err := io.ReadAll(r)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes read of %d: %v", len(got), len(data), err)
			}
			if _, err := r.Seek(0, io.SeekStart); err != nil {
				t.Error(err)
			}
		}
		if size > 0 && r.passes != 2 {
			t.Errorf("%d passes", r.passes)
		}
		p.free(true)
		if kept := c.kept.Load(); kept != 0 {
			t.Errorf("%d bytes still count as kept", kept)
		}
	}
}
