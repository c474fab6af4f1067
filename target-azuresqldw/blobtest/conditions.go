package blobtest

import (
	"net/http"
	"strings"
	"time"
)

// Conditional headers (specifying-conditional-headers-for-blob-service-operations). b is nil when there is no blob.

func conditionNotMet(name string) error {
	return refuse(412, "ConditionNotMet", "header %s", name)
}

// checkRead checks the conditions of a read. They all have to hold; If-None-Match and If-Modified-Since are one
// condition of which either will do.
func (c *call) checkRead(b *blob) error {
	if match := c.header("If-Match"); match != "" && !sameETag(match, b.etag) {
		return conditionNotMet("If-Match")
	}
	if t, ok := c.time("If-Unmodified-Since"); ok && b.modified.After(t) {
		return conditionNotMet("If-Unmodified-Since")
	}
	noneMatch := c.header("If-None-Match")
	since, hasSince := c.time("If-Modified-Since")
	switch {
	case noneMatch == "*":
		return refuse(400, "UnsatisfiableCondition", "If-None-Match: * of a read")
	case noneMatch == "" && !hasSince:
		return nil
	case noneMatch != "" && !sameETag(noneMatch, b.etag), hasSince && b.modified.After(since):
		return nil
	}
	return &refusal{status: 304, code: "ConditionNotMet", header: map[string]string{"ETag": b.etag}}
}

// checkWrite checks the conditions of a write. The ETag conditions go before those of time.
func (c *call) checkWrite(b *blob) error {
	noneMatch, match := c.header("If-None-Match"), c.header("If-Match")
	switch {
	case noneMatch == "*" && b != nil:
		// Writing a blob once: the service says 409 where it says 412 for all other conditions (put-blob).
		return refuse(409, "BlobAlreadyExists", "header If-None-Match: *")
	case noneMatch != "":
		if b != nil && sameETag(noneMatch, b.etag) {
			return conditionNotMet("If-None-Match")
		}
		return nil
	case match != "":
		if b == nil || !sameETag(match, b.etag) {
			return conditionNotMet("If-Match")
		}
		return nil
	case b == nil:
		return nil
	}
	if t, ok := c.time("If-Modified-Since"); ok && !b.modified.After(t) {
		return conditionNotMet("If-Modified-Since")
	}
	if t, ok := c.time("If-Unmodified-Since"); ok && b.modified.After(t) {
		return conditionNotMet("If-Unmodified-Since")
	}
	return nil
}

// sameETag compares an ETag with a condition, in which its quotes may be left out.
func sameETag(condition, etag string) bool {
	return condition == "*" || strings.Trim(condition, `"`) == strings.Trim(etag, `"`)
}

// time returns a header that is a date. One that is not is no condition.
func (c *call) time(name string) (time.Time, bool) {
	t, err := http.ParseTime(c.header(name))
	return t, err == nil
}
