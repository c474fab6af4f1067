package blobtest

import (
	"encoding/base64"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// A SAS older than this is signed otherwise, in ways that blobtest does not know.
const oldestSAS = "2018-11-09"

// checkSAS checks the SAS in a request's query: its signature, then its times, source and protocol, then whether
// it grants the operation.
func (s *Server) checkSAS(c *call) error {
	q := c.query
	for _, name := range []string{"sv", "sig"} {
		if q.Get(name) == "" {
			return unauthentic("the SAS has no %s", name)
		}
	}
	if q.Get("sv") < oldestSAS {
		return unauthentic("blobtest knows no SAS of version %s", q.Get("sv"))
	}
	if q.Has("skoid") {
		return unauthentic("blobtest knows no user delegation SAS")
	}
	if q.Has("si") {
		return unauthentic("blobtest knows no stored access policies")
	}
	var kind, text string
	switch sr := q.Get("sr"); {
	case q.Has("ss"), q.Has("srt"):
		kind, text = "account SAS", s.accountText(q)
	case sr == "b":
		kind, text = "service SAS", s.serviceText(q, c.container, c.blob)
	case sr == "c":
		kind, text = "service SAS", s.serviceText(q, c.container, "")
	default:
		return unauthentic("blobtest knows no SAS for a resource %q", sr)
	}
	// Of another container's or blob's SAS the signature does not fit: the resource in it is that of the request.
	if !s.signed(text, q.Get("sig")) {
		return unauthentic("the signature is not that of %q", text)
	}
	c.auth = kind
	if err := s.checkValidity(c); err != nil {
		return err
	}
	if kind == "account SAS" {
		return c.checkAccountGrant()
	}
	return s.checkServiceGrant(c)
}

// serviceText is what the signature of a service SAS is made of, for a container or a blob in it (create-service-sas).
func (s *Server) serviceText(q url.Values, container, blob string) string {
	resource := "/blob/" + s.Account + "/" + container
	if blob != "" {
		resource += "/" + blob
	}
	fields := []string{q.Get("sp"), q.Get("st"), q.Get("se"), resource, q.Get("si"), q.Get("sip"), q.Get("spr"), q.Get("sv"),
		q.Get("sr"), q.Get("snapshot")}
	if q.Get("sv") >= "2020-12-06" {
		fields = append(fields, q.Get("ses"))
	}
	fields = append(fields, q.Get("rscc"), q.Get("rscd"), q.Get("rsce"), q.Get("rscl"), q.Get("rsct"))
	return strings.Join(fields, "\n")
}

// accountText is what the signature of an account SAS is made of, ending in an empty line (create-account-sas).
func (s *Server) accountText(q url.Values) string {
	fields := []string{s.Account, q.Get("sp"), q.Get("ss"), q.Get("srt"), q.Get("st"), q.Get("se"), q.Get("sip"), q.Get("spr"), q.Get("sv")}
	if q.Get("sv") >= "2020-12-06" {
		fields = append(fields, q.Get("ses"))
	}
	return strings.Join(append(fields, ""), "\n")
}

// checkValidity checks when, whence and how a SAS may be used (create-service-sas).
func (s *Server) checkValidity(c *call) error {
	now := s.now()
	if st := c.query.Get("st"); st != "" {
		if start, err := parseSASTime(st); err != nil || now.Before(start) {
			return unauthentic("the SAS is valid from %s on, it is %s", st, now.UTC().Format(time.RFC3339))
		}
	}
	if expiry, err := parseSASTime(c.query.Get("se")); err != nil || !now.Before(expiry) {
		return unauthentic("the SAS is valid until %q, it is %s", c.query.Get("se"), now.UTC().Format(time.RFC3339))
	}
	if c.query.Get("spr") == "https" && c.request.TLS == nil {
		return refuse(403, "AuthorizationProtocolMismatch", "the SAS is for https")
	}
	if ip := c.query.Get("sip"); ip != "" && !inRange(c.request.RemoteAddr, ip) {
		return refuse(403, "AuthorizationSourceIPMismatch", "the SAS is for %s, the request is from %s", ip, c.request.RemoteAddr)
	}
	return nil
}

// parseSASTime parses the forms of ISO 8601 that a SAS may have (formatting-datetime-values).
func parseSASTime(text string) (time.Time, error) {
	var t time.Time
	var err error
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if t, err = time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	return t, err
}

// inRange tells whether a remote address is an IP or between two: 10.0.0.1 or 10.0.0.1-10.0.0.9.
func inRange(remote, ips string) bool {
	from, to, ok := strings.Cut(ips, "-")
	if !ok {
		to = from
	}
	at, err := netip.ParseAddrPort(remote)
	low, lowErr := netip.ParseAddr(from)
	high, highErr := netip.ParseAddr(to)
	if err != nil || lowErr != nil || highErr != nil {
		return false
	}
	ip := at.Addr().Unmap()
	return low.Compare(ip) <= 0 && ip.Compare(high) <= 0
}

// checkServiceGrant checks the permissions of a service SAS. None grants the making or deleting of containers, and that
// of a blob is not signed for its container (create-service-sas).
func (s *Server) checkServiceGrant(c *call) error {
	grants := c.query.Get("sp")
	if !strings.ContainsAny(grants, c.op.service) {
		return refuse(403, "AuthorizationPermissionMismatch", "the SAS grants %q, %s needs one of %q", grants, c.op.name, c.op.service)
	}
	return s.checkOverwrite(c, grants)
}

// checkAccountGrant checks services, resource types and permissions of an account SAS (create-account-sas).
func (c *call) checkAccountGrant() error {
	if !strings.Contains(c.query.Get("ss"), "b") {
		return refuse(403, "AuthorizationServiceMismatch", "the SAS is for services %q", c.query.Get("ss"))
	}
	if !strings.Contains(c.query.Get("srt"), string(c.op.level)) {
		return refuse(403, "AuthorizationResourceTypeMismatch", "the SAS is for resource types %q, %s needs %q",
			c.query.Get("srt"), c.op.name, c.op.level)
	}
	if grants := c.query.Get("sp"); !strings.ContainsAny(grants, c.op.account) {
		return refuse(403, "AuthorizationPermissionMismatch", "the SAS grants %q, %s needs one of %q", grants, c.op.name, c.op.account)
	}
	return nil
}

// checkOverwrite refuses to put a blob over another with the permission c alone, which is for new blobs (create-service-sas).
func (s *Server) checkOverwrite(c *call, grants string) error {
	if c.op.name != PutBlob || strings.Contains(grants, "w") {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.containers[c.container].blob(c.blob) != nil {
		return refuse(403, "AuthorizationPermissionMismatch", "the SAS grants %q, overwriting a blob needs w", grants)
	}
	return nil
}

// SAS returns a service SAS for a container, or for a blob when blob is not "", as a query without question mark. Permissions
// are letters in the order racwdl.
func (s *Server) SAS(container, blob, permissions string, expiry time.Time) string {
	q := url.Values{}
	q.Set("sv", "2026-06-06")
	q.Set("sr", "c")
	if blob != "" {
		q.Set("sr", "b")
	}
	q.Set("sp", permissions)
	q.Set("se", expiry.UTC().Format(time.RFC3339))
	q.Set("sig", base64.StdEncoding.EncodeToString(s.sign(s.serviceText(q, container, blob))))
	return q.Encode()
}
