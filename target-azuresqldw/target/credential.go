package target

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"intercomdw/singer/secret"
)

// sasWarning is how long before the end of a shared access signature each run says so.
const sasWarning = 72 * time.Hour

// tidySecrets takes off what files and pipes leave around a secret. A password may end with a blank, though not with a line feed.
func (c *Config) tidySecrets() {
	c.Password = secret.New(strings.Trim(c.Password.Reveal(), "\r\n"))
	c.AccountKey = secret.New(strings.TrimSpace(c.AccountKey.Reveal()))
	c.SASToken = secret.New(strings.TrimPrefix(strings.TrimSpace(c.SASToken.Reveal()), "?"))
}

// checkCredential refuses what no storage account would take.
func (c *Config) checkCredential() error {
	if c.Password.IsZero() {
		return errors.New("password is empty")
	}
	if c.AccountKey.IsZero() == c.SASToken.IsZero() {
		return errors.New("give either account_key or sas_token")
	}
	if c.SASToken.IsZero() {
		key := c.AccountKey.Reveal()
		if strings.Contains(key, "AccountKey=") {
			return errors.New("account_key is a connection string: give what stands behind AccountKey= in it")
		}
		if _, err := base64.StdEncoding.DecodeString(key); err != nil {
			return errors.New("account_key is not base64, as the keys of storage accounts are")
		}
		return nil
	}
	_, err := parseSAS(c.SASToken.Reveal())
	return err
}

// signature is what a shared access signature says of itself.
type signature struct {
	from, until time.Time // zero where it does not say
	rights      string    // "" where a stored access policy has them
}

// parseSAS reads a shared access signature (learn.microsoft.com/rest/api/storageservices/create-service-sas). Its errors show nothing of it.
func parseSAS(token string) (s signature, err error) {
	if strings.Contains(token, "://") {
		return s, errors.New("sas_token is a URL: give what stands behind its question mark")
	}
	values, err := url.ParseQuery(token)
	if err != nil {
		return s, errors.New("sas_token is no query like sv=…&sp=…&se=…&sig=…")
	}
	for _, name := range []string{"sig", "sv"} {
		if values.Get(name) == "" {
			return s, fmt.Errorf("sas_token has no %s: give the whole of it, like sv=…&sp=…&se=…&sig=…", name)
		}
	}
	if values.Get("se") == "" && values.Get("si") == "" {
		return s, errors.New("sas_token has no se, which says when it ends: give the whole of it, like sv=…&sp=…&se=…&sig=…")
	}
	if s.until, err = sasTime(values.Get("se")); err != nil {
		return s, fmt.Errorf("sas_token: se, when it ends, is no time")
	}
	if s.from, err = sasTime(values.Get("st")); err != nil {
		return s, fmt.Errorf("sas_token: st, when it begins, is no time")
	}
	s.rights = values.Get("sp")
	return s, nil
}

// sasTime reads the forms of ISO 8601 that a signature may have.
func sasTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z", "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("no time")
}

// judge says whether a signature can be used, and warns while there is time.
func (s signature) judge(log *slog.Logger, now time.Time) error {
	const skew = 15 * time.Minute // between clocks, which Azure advises to allow for
	switch {
	case !s.until.IsZero() && now.After(s.until.Add(skew)):
		return fmt.Errorf("sas_token has expired, at %s: make a new one", s.until.UTC().Format(time.RFC3339))
	case !s.from.IsZero() && now.Before(s.from.Add(-skew)):
		return fmt.Errorf("sas_token is not valid before %s", s.from.UTC().Format(time.RFC3339))
	case !s.until.IsZero() && now.After(s.until.Add(-sasWarning)):
		log.Warn("sas_token expires soon: make a new one", "expires", s.until.UTC().Format(time.RFC3339), "in", s.until.Sub(now).Round(time.Minute))
	}
	if s.rights == "" {
		return nil
	}
	for _, right := range []struct{ letters, name string }{{"r", "read (r)"}, {"cw", "create (c) or write (w)"}, {"d", "delete (d)"}, {"l", "list (l)"}} {
		if !strings.ContainsAny(s.rights, right.letters) {
			log.Warn("sas_token lacks a right", "right", right.name, "has", s.rights)
		}
	}
	return nil
}

// judgeCredential is judge for the signature of the settings, if there is one.
func (c *Config) judgeCredential(log *slog.Logger, now time.Time) error {
	if c.SASToken.IsZero() {
		return nil
	}
	s, err := parseSAS(c.SASToken.Reveal())
	if err != nil {
		return err
	}
	return s.judge(log, now)
}
