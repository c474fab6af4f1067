package intercomtest

import (
	"time"

	_ "time/tzdata" // the workspace's timezone must load on any machine
)

// Epoch is the moment just after the newest date in a fresh workspace. What is
// in it was written in the two years before.
var Epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Options say what workspace a server has and how it behaves. The zero value
// is a small workspace that takes any token.
type Options struct {
	// Seed decides the contents: the same seed and counts give the same
	// workspace, byte for byte. A larger count adds to the same beginning.
	Seed uint64

	// How many there are of each. Zero means the default given here; a negative
	// number means none.
	Contacts      int // 120
	Companies     int // 40
	Conversations int // 60
	Tickets       int // 25

	// Token is the access token that is let in; "" lets any in, but there
	// must be one.
	Token string

	// Latency is waited before each answer.
	Latency time.Duration

	// Rate is how many requests a window of ten seconds allows. Zero means
	// 100,000, which tests do not reach.
	Rate int

	// Clock is the server's; nil means one that runs with the machine's.
	Clock *Clock

	// Timezone is the workspace's; "" means America/Los_Angeles. Searches of
	// contacts go by its days up to version 2.16.
	Timezone string

	// Version is what the app is set to, for requests that name no version;
	// "" means 2.16.
	Version string

	// Shapes is the form of the answers: that of the description, or another one
	// in which the service is known to give the same.
	Shapes Shapes

	// IndexLag is how long a new contact stays invisible to searches and
	// listings. It is there at once for who knows its id.
	IndexLag time.Duration

	// ScrollPage is how many companies a page of a scroll has; zero means 100.
	ScrollPage int

	// How a scroll ends; the page before which an empty one comes, zero for none;
	// whether each page has a scroll_param of its own.
	ScrollEnd    ScrollEnd
	ScrollHole   int
	ScrollParams bool

	// EndlessPages makes searches, and listings that go by a cursor, give their last
	// page again and again under ever new cursors (airbyte issue 60235 met it with
	// tickets).
	EndlessPages bool

	// StrictSearch makes > and < in searches of conversations and tickets
	// exclude equal values. The documentation says that they include them; no
	// one has said that they really do, so a client should be right with both.
	StrictSearch bool

	// IgnoreSort makes searches of conversations and tickets ignore sort, which
	// is undocumented there, and answer newest updated first.
	IgnoreSort bool

	// ExportTime is how long an export is pending.
	ExportTime time.Duration

	// ExportRows is how many rows an export has at most; zero means 10,000,000.
	// Those beyond are left out without a word.
	ExportRows int

	// Pipe makes the server listen in memory instead of on a loopback port;
	// it is then reached through Server.Client only. Inside a bubble of
	// testing/synctest it is the way to have a server.
	Pipe bool

	// Listen is the address of the listener; "" means a free loopback port.
	Listen string
}

func (o Options) withDefaults() Options {
	count := func(n *int, standard int) {
		if *n == 0 {
			*n = standard
		}
		*n = max(*n, 0)
	}
	count(&o.Contacts, 120)
	count(&o.Companies, 40)
	count(&o.Conversations, 60)
	count(&o.Tickets, 25)
	count(&o.Rate, 100_000)
	count(&o.ScrollPage, 100)
	count(&o.ExportRows, 10_000_000)
	if o.Clock == nil {
		o.Clock = RunningClock()
	}
	if o.Timezone == "" {
		o.Timezone = "America/Los_Angeles"
	}
	if o.Version == "" {
		o.Version = "2.16"
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	return o
}
