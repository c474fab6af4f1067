package blobtest

import (
	"net/http"
	"strings"
	"time"
)

// putBlob writes a whole blob at once (put-blob).
func (s *Server) putBlob(c *call) (*answer, error) {
	switch kind := c.header("x-ms-blob-type"); kind {
	case "BlockBlob":
	case "":
		return nil, refuse(400, "MissingRequiredHeader", "header x-ms-blob-type")
	case "PageBlob", "AppendBlob":
		return nil, refuse(501, "NotImplemented", "%s is not in blobtest", kind)
	default:
		return nil, badHeader("x-ms-blob-type", kind)
	}
	if err := checkBlobName(c.blob); err != nil {
		return nil, err
	}
	if err := c.checkSums("x-ms-blob-content-md5", "Content-MD5"); err != nil {
		return nil, err
	}
	b := &blob{content: c.body, header: c.contentHeaders(), metadata: c.metadata()}
	b.header["Content-MD5"] = md5Of(c.body) // which the service keeps even when it was not sent
	if err := s.write(c, func(cont *container) (*blob, error) { return b, nil }); err != nil {
		return nil, err
	}
	return written(b, map[string]string{"Content-MD5": b.header["Content-MD5"]}), nil
}

// write commits the blob that make returns, when the container is there and the conditions hold.
func (s *Server) write(c *call, make func(*container) (*blob, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	cont := s.containers[c.container]
	if cont == nil {
		return noContainer()
	}
	if err := c.checkWrite(cont.blob(c.blob)); err != nil {
		return err
	}
	b, err := make(cont)
	if err != nil {
		return err
	}
	s.stamp(b)
	cont.commit(c.blob, b)
	return nil
}

// written returns the answer to a write.
func written(b *blob, header map[string]string) *answer {
	header["ETag"] = b.etag
	header["Last-Modified"] = httpTime(b.modified)
	header["x-ms-request-server-encrypted"] = "true"
	return &answer{status: http.StatusCreated, header: header}
}

// contentHeaders returns the headers that the blob will be served with (put-blob, put-block-list).
func (c *call) contentHeaders() map[string]string {
	h := map[string]string{"Content-Type": defaultContentType}
	for _, name := range []string{"Content-Type", "Content-Encoding", "Content-Language", "Content-Disposition", "Cache-Control", "Content-MD5"} {
		if v := c.header("x-ms-blob-" + name); v != "" {
			h[name] = v
		} else if v := c.header(name); v != "" && c.op.name == PutBlob { // of a block list these describe the list
			h[name] = v
		}
	}
	return h
}

// metadata returns the headers x-ms-meta-* by lower-case name.
func (c *call) metadata() map[string]string {
	m := map[string]string{}
	for name, values := range c.request.Header {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-ms-meta-") {
			m[name] = strings.Join(values, ",")
		}
	}
	return m
}

// checkBlobName checks a name (naming-and-referencing-containers--blobs--and-metadata).
func checkBlobName(name string) error {
	if len([]rune(name)) > 1024 {
		return refuse(400, "InvalidResourceName", "a blob's name has at most 1024 characters")
	}
	if strings.Count(name, "/") >= 254 {
		return refuse(400, "InvalidResourceName", "a blob's name has at most 254 path segments")
	}
	return nil
}

// deleteBlob deletes a blob for good (delete-blob).
func (s *Server) deleteBlob(c *call) (*answer, error) {
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
	if err := c.checkWrite(b); err != nil {
		return nil, err
	}
	cont.delete(c.blob)
	return &answer{status: http.StatusAccepted, header: map[string]string{"x-ms-delete-type-permanent": "true"}}, nil
}

// httpTime is how headers and lists write a time.
func httpTime(t time.Time) string { return t.Format(http.TimeFormat) }
