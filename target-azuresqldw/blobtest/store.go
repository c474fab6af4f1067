package blobtest

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Limits of the service from 2019-12-12 on (put-blob, put-block, put-block-list).
const (
	maxPutBlob     = 5000 << 20
	maxPutBlock    = 4000 << 20
	maxBlocks      = 50_000  // in a committed blob
	maxUncommitted = 100_000 // of a blob
	maxBlockID     = 64      // bytes before base64
	maxListed      = 5000    // in one answer of List Blobs (list-blobs)
	maxRangeHash   = 4 << 20 // of a range whose hash is asked for (get-blob)

	defaultContentType = "application/octet-stream"
)

// A container holds committed blobs and, apart from them, blocks that wait to be committed. All access is under
// Server.mu. A nil container is an empty one to read.
type container struct {
	created   time.Time
	etag      string
	committed map[string]*blob
	staged    map[string][]block // uncommitted, in the order of their arrival
	metadata  map[string]string  // x-ms-meta-*
}

// A blob is committed and does not change: writing makes a new one.
type blob struct {
	content  []byte
	blocks   []block // empty when it came by Put Blob
	header   map[string]string
	metadata map[string]string
	etag     string
	created  time.Time
	modified time.Time
}

// A block holds a part of a blob under its id, as base64.
type block struct {
	id   string
	data []byte
}

func (s *Server) newContainer() *container {
	s.serial++
	return &container{
		created:   s.now().UTC(),
		etag:      s.etag(),
		committed: map[string]*blob{},
		staged:    map[string][]block{},
	}
}

func (s *Server) etag() string {
	s.serial++
	return fmt.Sprintf(`"0x8DE%012X"`, s.serial)
}

// stamp gives a new blob its ETag and times. The service keeps times to the second.
func (s *Server) stamp(b *blob) {
	b.etag = s.etag()
	b.modified = s.now().UTC().Truncate(time.Second)
	b.created = b.modified
}

func (c *container) blob(name string) *blob {
	if c == nil {
		return nil
	}
	return c.committed[name]
}

// commit puts b in the place of whatever has its name. Blocks that were not committed with it are dropped, also by a
// Put Blob (put-block).
func (c *container) commit(name string, b *blob) {
	if old := c.committed[name]; old != nil {
		b.created = old.created
	}
	c.committed[name] = b
	delete(c.staged, name)
}

func (c *container) delete(name string) {
	delete(c.committed, name)
	delete(c.staged, name)
}

// names returns the names of all blobs, also of those that have uncommitted blocks only, in order.
func (c *container) names() []string {
	if c == nil {
		return nil
	}
	all := maps.Clone(c.staged)
	for name := range c.committed {
		all[name] = nil
	}
	return slices.Sorted(maps.Keys(all))
}
