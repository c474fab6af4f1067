package blobtest

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// getBlob sends a blob or a range of it, or for HEAD its properties alone (get-blob, get-blob-properties).
func (s *Server) getBlob(c *call) (*answer, error) {
	b, err := s.readable(c)
	if err != nil {
		return nil, err
	}
	a := &answer{status: http.StatusOK, header: b.properties(), body: b.content}
	for param, name := range map[string]string{"rscc": "Cache-Control", "rscd": "Content-Disposition",
		"rsce": "Content-Encoding", "rscl": "Content-Language", "rsct": "Content-Type"} {
		if v := c.query.Get(param); v != "" { // a SAS may say how its blob is served (create-service-sas)
			a.header[name] = v
		}
	}
	if c.op.name == GetBlobProperties {
		a.header["Content-Length"] = itoa(len(b.content))
		return a, nil
	}
	from, to, ok, err := c.byteRange(len(b.content))
	if err != nil || !ok {
		return a, err
	}
	a.status = http.StatusPartialContent
	a.body = b.content[from:to]
	a.header["Content-Range"] = fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(b.content))
	if sum, ok := a.header["Content-MD5"]; ok { // the blob's; Content-MD5 of a range is its own
		delete(a.header, "Content-MD5")
		a.header["x-ms-blob-content-md5"] = sum
	}
	return a, c.addRangeHash(a)
}

// readable returns the blob that is asked for, when the conditions hold.
func (s *Server) readable(c *call) (*blob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cont := s.containers[c.container]
	if cont == nil {
		return nil, noContainer()
	}
	b := cont.blob(c.blob)
	if b == nil {
		return nil, noBlob()
	}
	return b, c.checkRead(b)
}

// properties returns the headers that describe a blob.
func (b *blob) properties() map[string]string {
	h := maps.Clone(b.header)
	maps.Copy(h, b.metadata)
	h["ETag"] = b.etag
	h["Last-Modified"] = httpTime(b.modified)
	h["Accept-Ranges"] = "bytes"
	h["x-ms-blob-type"] = "BlockBlob"
	h["x-ms-creation-time"] = httpTime(b.created)
	h["x-ms-lease-status"] = "unlocked"
	h["x-ms-lease-state"] = "available"
	h["x-ms-server-encrypted"] = "true"
	h["x-ms-access-tier"] = "Hot"
	h["x-ms-access-tier-inferred"] = "true"
	return h
}

// byteRange returns the range that is asked for, with its end cut to the blob's. x-ms-range goes before Range
// (specifying-the-range-header-for-blob-service-operations).
func (c *call) byteRange(size int) (from, to int, ok bool, err error) {
	text := c.header("x-ms-range")
	if text == "" {
		text = c.header("Range")
	}
	from, to, ok = parseRange(text)
	if ok && from >= size {
		return 0, 0, false, &refusal{status: 416, code: "InvalidRange", detail: text,
			header: map[string]string{"Content-Range": fmt.Sprintf("bytes */%d", size)}}
	}
	return from, min(to, size), ok, nil
}

// parseRange returns the first byte of a range and the one behind its last. What is neither bytes=a-b nor bytes=a- is no range.
func parseRange(text string) (from, to int, ok bool) {
	text, ok = strings.CutPrefix(text, "bytes=")
	first, last, dash := strings.Cut(text, "-")
	from, err := strconv.Atoi(first)
	if !ok || !dash || err != nil {
		return 0, 0, false
	}
	if last == "" {
		return from, math.MaxInt, true
	}
	to, err = strconv.Atoi(last)
	return from, min(to, math.MaxInt-1) + 1, err == nil && to >= from
}

// addRangeHash adds a hash of the range when one is wanted, for ranges up to 4 MiB (get-blob).
func (c *call) addRangeHash(a *answer) error {
	wantsMD5 := c.header("x-ms-range-get-content-md5") == "true"
	wantsCRC := c.header("x-ms-range-get-content-crc64") == "true"
	switch {
	case !wantsMD5 && !wantsCRC:
		return nil
	case wantsMD5 && wantsCRC:
		return refuse(400, "InvalidInput", "both hashes of a range")
	case len(a.body) > maxRangeHash:
		return refuse(400, "OutOfRangeInput", "the hash of a range of more than 4 MiB")
	case wantsMD5:
		a.header["Content-MD5"] = md5Of(a.body)
	default:
		a.header["x-ms-content-crc64"] = crc64Of(a.body)
	}
	return nil
}
