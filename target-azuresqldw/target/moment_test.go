package target

import (
	"testing"
	"time"
)

func TestInstantsKeepTheirOffsetAndEveryDigit(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"utc", "2019-12-17T19:12:12Z", "2019-12-17 19:12:12.0000000 +00:00"},
		{"lower case", "2019-12-17t19:12:12z", "2019-12-17 19:12:12.0000000 +00:00"},
		{"six digits", "2019-12-17T19:12:12.006049Z", "2019-12-17 19:12:12.0060490 +00:00"},
		{"nine digits that end in zeros", "2019-12-17T19:12:12.006049100Z", "2019-12-17 19:12:12.0060491 +00:00"},
		{"offset", "2020-02-29T00:00:00.5-11:30", "2020-02-29 00:00:00.5000000 -11:30"},
		{"greatest offset", "2020-02-29T00:00:00+14:00", "2020-02-29 00:00:00.0000000 +14:00"},
		{"first instant", "0001-01-01T00:00:00Z", "0001-01-01 00:00:00.0000000 +00:00"},
		{"last instant", "9999-12-31T23:59:59.9999999Z", "9999-12-31 23:59:59.9999999 +00:00"},
		{"before the first instant", "0001-01-01T00:00:00+00:01", ""},
		{"after the last instant", "9999-12-31T23:59:59-00:01", ""},
		{"year 0", "0000-12-31T23:59:59Z", ""},
		{"year 10000", "10000-01-01T00:00:00Z", ""},
		{"no such day", "2019-02-29T00:00:00Z", ""},
		{"leap second", "2016-12-31T23:59:60Z", ""},
		{"hour 24", "2016-12-31T24:00:00Z", ""},
		{"an eighth digit", "2019-12-17T19:12:12.00604901Z", ""},
		{"offset too great", "2019-12-17T19:12:12+14:01", ""},
		{"no zone", "2019-12-17T19:12:12", ""},
		{"empty fraction", "2019-12-17T19:12:12.Z", ""},
		{"trailing text", "2019-12-17T19:12:12Z ", ""},
		{"nothing", "", ""},
	}
	for _, test := range tests {
		got, ok := appendInstant([]byte("x"), []byte(test.in))
		if ok != (test.want != "") || string(got) != "x"+test.want {
			t.Errorf("%s: appendInstant(%q) = %q, %v, want %q", test.name, test.in, got[1:], ok, test.want)
		}
	}
}

func TestDatesAndTimesOfDay(t *testing.T) {
	t.Parallel()
	type appender func([]byte, []byte) ([]byte, bool)
	tests := []struct {
		append   appender
		in, want string
	}{
		{appendDate, "2024-02-29", "2024-02-29"},
		{appendDate, "2023-02-29", ""},
		{appendDate, "0000-00-00", ""},
		{appendDate, "2024-2-9", ""},
		{appendTime, "23:59:59.1234567", "23:59:59.1234567"},
		{appendTime, "23:59:59Z", "23:59:59.0000000"},
		{appendTime, "23:59:59+00:00", "23:59:59.0000000"},
		{appendTime, "23:59:59+01:00", ""},
		{appendTime, "24:00:00", ""},
	}
	for _, test := range tests {
		if got, ok := test.append(nil, []byte(test.in)); ok != (test.want != "") || string(got) != test.want {
			t.Errorf("%q became %q, %v, want %q", test.in, got, ok, test.want)
		}
	}
}

func FuzzInstantsMeanWhatTheySaid(f *testing.F) {
	for _, seed := range []string{"2019-12-17T19:12:12Z", "2020-02-29T00:00:00.5-11:30", "9999-12-31T23:59:59-00:01"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out, ok := appendInstant(nil, []byte(in))
		if !ok {
			return
		}
		got, err := time.Parse("2006-01-02 15:04:05.0000000 -07:00", string(out))
		if err != nil {
			t.Fatalf("appendInstant(%q) = %q: %v", in, out, err)
		}
		b := []byte(in)
		b[10] = 'T'
		if b[len(b)-1] == 'z' {
			b[len(b)-1] = 'Z'
		}
		want, err := time.Parse(time.RFC3339Nano, string(b))
		if err != nil || !want.Equal(got) {
			t.Fatalf("appendInstant(%q) = %q, which is %v and not %v (%v)", in, out, got, want, err)
		}
		if y := got.UTC().Year(); y < 1 || y > 9999 {
			t.Fatalf("appendInstant(%q) took the year %d", in, y)
		}
	})
}
