package target

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

func (h *house) sign(until time.Time) string {
	return h.store.SAS("files", "", "rcwdl", until)
}

func TestBlanksAroundSecretsAreNotPartOfThem(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["password"], h.set["account_key"] = h.pool.Password()+"\r\n", " "+h.store.Key+"\n"
	h.load(usersSchema, user(1), state(1))
	h.set["account_key"], h.set["sas_token"] = "", "?"+h.sign(time.Now().Add(1000*time.Hour))+"\n"
	o := h.load(usersSchema, user(2), state(2))
	if strings.Contains(o.log, "WARNING") {
		t.Errorf("log:\n%s", o.log)
	}
	h.want("SELECT id FROM raw.users ORDER BY id", "1", "2")
}

func TestACredentialThatCannotWorkIsAWrongSetting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, key, sas, want string }{
		{"connection string", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=a2V5;EndpointSuffix=core.windows.net", "", "account_key is a connection string"},
		{"no base64", "k€y", "", "account_key is not base64"},
		{"url", "", "https://a.blob.core.windows.net/c?sv=2021-12-02&sig=x&se=2099-01-01", "sas_token is a URL"},
		{"beginning alone", "", "sv=2021-12-02", "sas_token has no sig"},
		{"the shell's part", "", "sig=c2VjcmV0", "sas_token has no sv"},
		{"no end", "", "sv=2021-12-02&sig=c2VjcmV0", "sas_token has no se"},
		{"odd end", "", "sv=2021-12-02&se=tomorrow&sig=c2VjcmV0", "sas_token: se, when it ends, is no time"},
		{"blanks", " \n", "", "give either account_key or sas_token"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.set["account_key"], h.set["sas_token"] = c.key, c.sas
			o := h.start(t.Context(), strings.NewReader(""))
			if o.code != 2 || !strings.Contains(o.log, c.want) || strings.Contains(o.log, "c2VjcmV0") {
				t.Errorf("exit code %d:\n%s", o.code, o.log)
			}
		})
	}
}

func TestARefusedCredentialEndsTheRunAtItsStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		set  func(h *house)
		want string
	}{
		{"expired", func(h *house) { h.set["sas_token"] = h.sign(time.Now().Add(-time.Hour)) }, "sas_token has expired, at 20"},
		{"not yet valid", func(h *house) { h.set["sas_token"] = h.sign(time.Now().Add(time.Hour)) + "&st=2099-01-01" }, "sas_token is not valid before 2099-01-01T00:00:00Z"},
		{"of another account", func(h *house) {
			h.set["sas_token"] = strings.Replace(h.sign(time.Now().Add(time.Hour)), "sig=", "sig=A", 1)
		}, "sas_token is wrong, has expired or is not valid yet"},
		{"another key", func(h *house) {
			h.set["account_key"] = base64.StdEncoding.EncodeToString([]byte("another"))
		}, "account_key is not a key of account blobtest"},
		{"no container", func(h *house) { h.set["container"] = "other" }, "there is no container other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			c.set(h)
			if h.set["sas_token"] != nil {
				h.set["account_key"] = ""
			}
			o := h.start(t.Context(), strings.NewReader(strings.Join([]string{usersSchema, user(1)}, "\n")))
			if o.code != 1 || !strings.Contains(o.log, c.want) {
				t.Errorf("exit code %d:\n%s", o.code, o.log)
			}
			if tables := h.rows("SELECT name FROM sys.tables"); len(tables) > 0 {
				t.Errorf("tables were made first: %v", tables)
			}
			if o := h.start(t.Context(), nil, "--test"); o.code != 1 || !strings.Contains(o.log, c.want) {
				t.Errorf("--test: exit code %d:\n%s", o.code, o.log)
			}
		})
	}
}

func TestASignatureThatEndsSoonIsSaid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.set["account_key"], h.set["sas_token"] = "", h.sign(time.Now().Add(5*time.Hour))
	if o := h.load(usersSchema, user(1)); !strings.Contains(o.log, "WARNING sas_token expires soon: make a new one expires=20") {
		t.Errorf("log:\n%s", o.log)
	}
}
