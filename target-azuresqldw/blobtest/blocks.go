package blobtest

import (
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"slices"
)

// putBlock keeps a block until it is committed (put-block).
func (s *Server) putBlock(c *call) (*answer, error) {
	id := c.query.Get("blockid")
	raw, err := base64.StdEncoding.DecodeString(id)
	if err != nil || len(raw) == 0 || len(raw) > maxBlockID {
		return nil, badParameter("blockid", id)
	}
	if err := checkBlobName(c.blob); err != nil {
		return nil, err
	}
	if len(c.body) == 0 { // a block of no bytes is refused as a bad Content-Length
		return nil, badHeader("Content-Length", "0")
	}
	if err := c.checkSums("Content-MD5"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cont := s.containers[c.container]
	if cont == nil {
		return nil, noContainer()
	}
	if err := cont.stage(c.blob, block{id, c.body}); err != nil {
		return nil, err
	}
	header := map[string]string{"x-ms-request-server-encrypted": "true"}
	if sum := c.header("Content-MD5"); sum != "" {
		header["Content-MD5"] = sum
	} else {
		header["x-ms-content-crc64"] = crc64Of(c.body)
	}
	return &answer{status: http.StatusCreated, header: header}, nil
}

// stage adds an uncommitted block, in the place of one with the same id. All ids of a blob have the same length (put-block).
func (c *container) stage(name string, b block) error {
	staged := c.staged[name]
	same := slices.IndexFunc(staged, func(o block) bool { return o.id == b.id })
	committed := c.committed[name]
	switch {
	case same >= 0:
		staged[same] = b
		return nil
	case len(staged) >= maxUncommitted:
		return refuse(409, "BlockCountExceedsLimit", "%d uncommitted blocks", len(staged))
	case len(staged) > 0 && len(staged[0].id) != len(b.id),
		len(staged) == 0 && committed != nil && len(committed.blocks) > 0 && len(committed.blocks[0].id) != len(b.id):
		return refuse(400, "InvalidBlobOrBlock", "the ids of a blob's blocks have the same length")
	}
	c.staged[name] = append(staged, b)
	return nil
}

// A blockList is the body of Put Block List: elements Latest, Committed and Uncommitted, in the order of the blob.
type blockList struct {
	XMLName xml.Name `xml:"BlockList"`
	Entries []struct {
		XMLName xml.Name
		ID      string `xml:",chardata"`
	} `xml:",any"`
}

// putBlockList makes a blob of blocks (put-block-list).
func (s *Server) putBlockList(c *call) (*answer, error) {
	if err := c.checkSums("Content-MD5"); err != nil {
		return nil, err
	}
	var l blockList
	if err := xml.Unmarshal(c.body, &l); err != nil {
		return nil, refuse(400, "InvalidXmlDocument", "%v", err)
	}
	if len(l.Entries) > maxBlocks {
		return nil, refuse(400, "BlockListTooLong", "%d blocks, the limit is %d", len(l.Entries), maxBlocks)
	}
	var b *blob
	err := s.write(c, func(cont *container) (*blob, error) {
		blocks, err := cont.pick(c.blob, l)
		if err != nil {
			return nil, err
		}
		b = &blob{blocks: blocks, header: c.contentHeaders(), metadata: c.metadata()}
		b.join()
		return b, nil
	})
	if err != nil {
		return nil, err
	}
	header := map[string]string{}
	if sum := c.header("Content-MD5"); sum != "" {
		header["Content-MD5"] = sum
	} else {
		header["x-ms-content-crc64"] = crc64Of(c.body) // of the list
	}
	return written(b, header), nil
}

// join makes the content of the blocks, and the blocks parts of the content so that it is in memory once.
func (b *blob) join() {
	size := 0
	for _, part := range b.blocks {
		size += len(part.data)
	}
	b.content = make([]byte, 0, size)
	for i, part := range b.blocks {
		start := len(b.content)
		b.content = append(b.content, part.data...)
		b.blocks[i].data = b.content[start:]
	}
}

// pick finds the blocks of a list. Latest takes an uncommitted block before a committed one.
func (c *container) pick(name string, l blockList) ([]block, error) {
	staged, committed := map[string]block{}, map[string]block{}
	for _, b := range c.staged[name] {
		staged[b.id] = b
	}
	if b := c.committed[name]; b != nil {
		for _, part := range b.blocks {
			committed[part.id] = part
		}
	}
	blocks := make([]block, 0, len(l.Entries))
	for _, e := range l.Entries {
		var b block
		var ok bool
		switch e.XMLName.Local {
		case "Latest":
			if b, ok = staged[e.ID]; !ok {
				b, ok = committed[e.ID]
			}
		case "Uncommitted":
			b, ok = staged[e.ID]
		case "Committed":
			b, ok = committed[e.ID]
		default:
			return nil, refuse(400, "InvalidXmlDocument", "element %s in a block list", e.XMLName.Local)
		}
		if !ok {
			return nil, refuse(400, "InvalidBlockList", "no block %s among the %s ones", e.ID, e.XMLName.Local)
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// blocksListed is the body of Get Block List's answer.
type blocksListed struct {
	XMLName     xml.Name    `xml:"BlockList"`
	Committed   *blockGroup `xml:"CommittedBlocks"`
	Uncommitted *blockGroup `xml:"UncommittedBlocks"`
}

type blockGroup struct {
	Blocks []listedBlock `xml:"Block"`
}

type listedBlock struct {
	Name string
	Size int
}

func listBlocks(blocks []block) *blockGroup {
	g := &blockGroup{}
	for _, b := range blocks {
		g.Blocks = append(g.Blocks, listedBlock{b.id, len(b.data)})
	}
	return g
}

// getBlockList lists the committed blocks in the order of the blob and the others (get-block-list).
func (s *Server) getBlockList(c *call) (*answer, error) {
	which := c.query.Get("blocklisttype")
	if which == "" {
		which = "committed"
	}
	if !slices.Contains([]string{"committed", "uncommitted", "all"}, which) {
		return nil, badParameter("blocklisttype", which)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cont := s.containers[c.container]
	if cont == nil {
		return nil, noContainer()
	}
	b, staged := cont.blob(c.blob), cont.staged[c.blob]
	if b == nil && len(staged) == 0 {
		return nil, noBlob()
	}
	a := &answer{status: http.StatusOK, header: map[string]string{}}
	var l blocksListed
	if which != "uncommitted" {
		l.Committed = &blockGroup{}
		if b != nil {
			l.Committed = listBlocks(b.blocks)
		}
	}
	if which != "committed" {
		l.Uncommitted = listBlocks(staged)
	}
	if b != nil {
		a.header["ETag"] = b.etag
		a.header["Last-Modified"] = httpTime(b.modified)
		a.header["x-ms-blob-content-length"] = itoa(len(b.content))
	}
	a.xml(l)
	return a, nil
}
