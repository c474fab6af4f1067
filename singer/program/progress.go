package program

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

const (
	redrawEvery = 200 * time.Millisecond
	clearLine   = "\r\x1b[K"
)

// Progress counts what was read or loaded, for a person who watches: one live
// line while the program works, a table when it ends. Where stderr is no
// terminal it counts and says nothing.
//
// Its methods may be called from several goroutines; a nil Progress does nothing.
type Progress struct {
	screen *screen
	now    func() time.Time

	mu      sync.Mutex
	started time.Time
	current string
	streams []*streamCount
	byName  map[string]*streamCount
}

// streamCount is a row of the table.
type streamCount struct {
	name           string
	records, bytes int64
	aside          int64 // of the records
	first, last    time.Time
}

// newProgress begins to count now.
func newProgress(s *screen, now func() time.Time) *Progress {
	return &Progress{screen: s, now: now, started: now(), byName: make(map[string]*streamCount)}
}

// Add counts records of a stream, and the bytes they had; 0 bytes when that is
// not known.
func (p *Progress) Add(stream string, records, bytes int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	c := p.byName[stream]
	if c == nil {
		c = &streamCount{name: stream, first: now}
		p.byName[stream] = c
		p.streams = append(p.streams, c)
	}
	c.records += records
	c.bytes += bytes
	c.last = now
	p.current = stream
}

// Aside says of records that were counted that they were set aside: the table
// tells them from the others.
func (p *Progress) Aside(stream string, records int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.byName[stream]; c != nil {
		c.aside += records
	}
}

// Total returns the number of records counted.
func (p *Progress) Total() int64 {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total()
}

func (p *Progress) total() (n int64) {
	for _, c := range p.streams {
		n += c.records
	}
	return n
}

// line is the live line: stream, records, rate.
func (p *Progress) line() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.current == "" {
		return ""
	}
	total, took := p.total(), p.now().Sub(p.started)
	return fmt.Sprintf("%s: %s records, %s in all, %s/s", Printable(p.current),
		thousands(p.byName[p.current].records), thousands(total), thousands(rate(total, took)))
}

// table is what is shown at the end.
func (p *Progress) table() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.streams) == 0 {
		return ""
	}
	rows := [][]string{{"stream", "records", "set aside", "bytes", "took"}}
	all := streamCount{name: "all", first: p.started, last: p.started}
	for _, c := range p.streams {
		rows = append(rows, c.row())
		all.records += c.records
		all.aside += c.aside
		all.bytes += c.bytes
		if c.last.After(all.last) {
			all.last = c.last
		}
	}
	if len(p.streams) > 1 {
		rows = append(rows, all.row())
	}
	return layout(rows)
}

func (c *streamCount) row() []string {
	size, aside := "", ""
	if c.bytes > 0 {
		size = thousands(c.bytes)
	}
	if c.aside > 0 {
		aside = thousands(c.aside)
	}
	return []string{Printable(c.name), thousands(c.records - c.aside), aside, size, c.last.Sub(c.first).Round(100 * time.Millisecond).String()}
}

// layout aligns columns: the first to the left, the others to the right.
// Columns that are empty below their head are left out.
func layout(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for i, row := range rows {
		for j, cell := range row {
			if i > 0 && cell != "" {
				widths[j] = max(widths[j], utf8.RuneCountInString(cell), len(rows[0][j]))
			}
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for j, cell := range row {
			pad := strings.Repeat(" ", max(0, widths[j]-utf8.RuneCountInString(cell)))
			switch {
			case widths[j] == 0:
			case j == 0:
				b.WriteString(cell + pad)
			default:
				b.WriteString("  " + pad + cell)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func rate(n int64, took time.Duration) int64 {
	if took < time.Millisecond {
		return 0
	}
	return int64(float64(n) / took.Seconds())
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// screen is stderr. When that is a terminal, a live line may stand below the
// log; every Write takes it away first and puts it back after.
type screen struct {
	mu       sync.Mutex
	w        io.Writer
	width    int // 0: no terminal
	live     string
	progress *Progress
	stop     chan struct{}
	stopped  chan struct{}
}

func newScreen(std Stdio) *screen { return &screen{w: std.Stderr, width: std.Terminal} }

// Write writes log lines.
func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live == "" {
		return s.w.Write(b)
	}
	if _, err := fmt.Fprintf(s.w, "%s%s%s", clearLine, b, s.live); err != nil {
		return 0, err
	}
	return len(b), nil
}

// show begins to draw the progress, when there is somebody to see it.
func (s *screen) show(p *Progress) {
	if s.width <= 0 {
		return
	}
	s.progress = p
	s.stop, s.stopped = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(s.stopped)
		ticks := time.NewTicker(redrawEvery)
		defer ticks.Stop()
		for {
			select {
			case <-s.stop:
				return
			case <-ticks.C:
				s.draw(p.line())
			}
		}
	}()
}

// draw replaces the live line.
func (s *screen) draw(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if runes := []rune(line); len(runes) >= s.width { // a line that wraps could not be taken away
		line = string(runes[:s.width-1])
	}
	if line == s.live {
		return
	}
	s.live = line
	_, _ = io.WriteString(s.w, clearLine+line) // nobody to tell when stderr is gone
}

// close takes the live line away and shows the table.
func (s *screen) close() {
	if s.progress == nil {
		return
	}
	close(s.stop)
	<-s.stopped
	s.draw("")
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.WriteString(s.w, s.progress.table())
	s.progress = nil
}
