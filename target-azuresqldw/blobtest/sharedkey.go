package blobtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// authorize checks who asks: a signed header, a SAS, or nobody, whom the server serves nothing.
func (s *Server) authorize(c *call) error {
	switch {
	case c.header("Authorization") != "":
		if err := s.checkSharedKey(c); err != nil {
			return err
		}
		c.auth = "SharedKey"
		return nil
	case c.query.Has("sig"):
		return s.checkSAS(c)
	}
	return &refusal{
		status: 401,
		code:   "NoAuthenticationInformation", // common-rest-api-error-codes
		detail: "neither a header Authorization nor a SAS",
		header: map[string]string{"WWW-Authenticate": "Bearer"},
	}
}

// maxSkew is how far the date of a signed request may be from now (authorize-with-shared-key).
const maxSkew = 15 * time.Minute

// checkSharedKey checks a header "Authorization: SharedKey account:signature" (authorize-with-shared-key).
func (s *Server) checkSharedKey(c *call) error {
	scheme, credential, _ := strings.Cut(c.header("Authorization"), " ")
	if scheme != "SharedKey" {
		return unauthentic("blobtest knows SharedKey and SAS, not %s", scheme)
	}
	account, signature, ok := strings.Cut(credential, ":")
	if !ok {
		return refuse(400, "InvalidAuthenticationInfo", "no colon in the header Authorization")
	}
	if account != s.Account {
		return unauthentic("the request is signed for account %s", account)
	}
	date := c.header("x-ms-date")
	if date == "" {
		date = c.header("Date")
	}
	at, err := http.ParseTime(date)
	if err != nil {
		return unauthentic("no date in the headers x-ms-date or Date")
	}
	if skew := s.now().Sub(at).Abs(); skew > maxSkew {
		return unauthentic("the date of the request is %s away", skew)
	}
	if text := s.stringToSign(c); !s.signed(text, signature) {
		return unauthentic("the signature is not that of %q", text)
	}
	return nil
}

// signed tells whether signature is that of text under the account's key.
func (s *Server) signed(text, signature string) bool {
	given, err := base64.StdEncoding.DecodeString(signature)
	return err == nil && hmac.Equal(given, s.sign(text))
}

func (s *Server) sign(text string) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// stringToSign is what a SharedKey signature is made of (authorize-with-shared-key).
func (s *Server) stringToSign(c *call) string {
	length := ""
	if n := c.request.ContentLength; n > 0 { // from 2015-02-21 on, an empty body has no length here
		length = strconv.FormatInt(n, 10)
	}
	date := c.header("Date")
	if c.header("x-ms-date") != "" {
		date = ""
	}
	lines := []string{
		c.request.Method,
		c.header("Content-Encoding"),
		c.header("Content-Language"),
		length,
		c.header("Content-MD5"),
		c.header("Content-Type"),
		date,
		c.header("If-Modified-Since"),
		c.header("If-Match"),
		c.header("If-None-Match"),
		c.header("If-Unmodified-Since"),
		c.header("Range"),
	}
	lines = append(lines, canonicalHeaders(c.request.Header)...)
	lines = append(lines, s.canonicalResource(c)...)
	return strings.Join(lines, "\n")
}

// canonicalHeaders are the x-ms headers in the order of their lower-case names.
func canonicalHeaders(h http.Header) []string {
	byName := map[string]string{}
	for name, values := range h {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-ms-") {
			byName[name] = strings.TrimSpace(strings.Join(values, ","))
		}
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		lines = append(lines, name+":"+byName[name])
	}
	return lines
}

// canonicalResource is the account, the path as it was sent and each parameter on a line of its own. With the
// account in the path it comes twice, as it does in Azurite.
func (s *Server) canonicalResource(c *call) []string {
	path := c.request.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	lines := []string{"/" + s.Account + path}
	byName := map[string][]string{}
	for name, values := range c.query {
		name = strings.ToLower(name)
		byName[name] = append(byName[name], values...)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		slices.Sort(byName[name])
		lines = append(lines, name+":"+strings.Join(byName[name], ","))
	}
	return lines
}
