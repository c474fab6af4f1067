package target

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strings"
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
		{"a blank for the T", "2019-12-17 19:12:12Z", "2019-12-17 19:12:12.0000000 +00:00"},
		{"comma", "2019-12-17T19:12:12,5Z", "2019-12-17 19:12:12.5000000 +00:00"},
		{"offset without colon", "2019-12-17T19:12:12+0130", "2019-12-17 19:12:12.0000000 +01:30"},
		{"offset of hours", "2019-12-17 19:12:12.5-03", "2019-12-17 19:12:12.5000000 -03:00"},
		{"offset behind a blank", "2019-12-17 19:12:12 +0100", "2019-12-17 19:12:12.0000000 +01:00"},
		{"UTC", "2019-12-17 19:12:12 UTC", "2019-12-17 19:12:12.0000000 +00:00"},
		{"named offset", "2019-12-17 19:12:12 +0100 CET", "2019-12-17 19:12:12.0000000 +01:00"},
		{"no seconds", "2019-12-17T19:12Z", "2019-12-17 19:12:00.0000000 +00:00"},
		{"hour of one digit", "2019-12-17 9:12:13Z", "2019-12-17 09:12:13.0000000 +00:00"},
		{"no zone", "2019-12-17T19:12:12", "2019-12-17 19:12:12.0000000 +00:00"},
		{"no zone, no seconds", "2019-12-17 19:12", "2019-12-17 19:12:00.0000000 +00:00"},
		{"day alone", "2019-12-17", "2019-12-17 00:00:00.0000000 +00:00"},
		{"slashes behind the year", "2019/12/17 19:12:12 +0100", "2019-12-17 19:12:12.0000000 +01:00"},
		{"Java", "2019-12-17T19:12:12.5+01:00[Europe/Paris]", "2019-12-17 19:12:12.5000000 +01:00"},
		{"a zone by its name alone", "2019-12-17T19:12:12[Europe/Paris]", ""},
		{"brackets", "2019-12-17T19:12:12+01:00[", ""},
		{"mail", "Tue, 17 Dec 2019 19:12:12 +0100", "2019-12-17 19:12:12.0000000 +01:00"},
		{"HTTP", "Tue, 17 Dec 2019 19:12:12 GMT", "2019-12-17 19:12:12.0000000 +00:00"},
		{"Twitter", "Tue Dec 17 19:12:12 +0000 2019", "2019-12-17 19:12:12.0000000 +00:00"},
		{"JavaScript", "Tue Dec 17 2019 19:12:12 GMT+0100 (Central European Standard Time)", "2019-12-17 19:12:12.0000000 +01:00"},
		{"zones that disagree", "2019-12-17 19:12:12 +0100 UTC", ""},
		{"zone twice", "2019-12-17T19:12:12+00:00Z", ""},
		{"zone twice, as offsets", "2019-12-17T19:12:12+00:00+00:00", ""},
		{"another weekday", "Mon, 17 Dec 2019 19:12:12 GMT", ""},
		{"zone by a name that many have", "Tue, 17 Dec 2019 19:12:12 CST", ""},
		{"blank for a zone", "2019-12-17T19:12:12 ", ""},
		{"two blanks for a zone", "2019-12-17T19:12:12+01:00 ", ""},
		{"no clock", "2019-12-17T", ""},
		{"hour alone", "2019-12-17T19", ""},
		{"hour and zone", "2019-12-17T19Z", ""},
		{"minute of one digit", "2019-12-17T19:1Z", ""},
		{"second of one digit", "2019-12-17T19:12:1Z", ""},
		{"order of day and month", "17/12/2019 19:12:12", ""},
		{"year of two digits", "17 Dec 19 19:12 UTC", ""},
		{"epoch", "1576609932", ""},
		{"MySQL's zero", "0000-00-00 00:00:00", ""},
		{"empty fraction", "2019-12-17T19:12:12.Z", ""},
		{"trailing text", "2019-12-17T19:12:12Z ", ""},
		{"nothing", "", ""},
	}
	for _, test := range tests {
		got, ok := appendInstant([]byte("x"), []byte(test.in), false)
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
		{appendTime, "9:30:00", "09:30:00.0000000"},
		{appendTime, "04:00:00", "04:00:00.0000000"},
		{appendTime, "04:00", "04:00:00.0000000"},
		{appendTime, "04:00:00,25 UTC", "04:00:00.2500000"},
		{appendTime, "838:59:59", ""},
		{appendTime, "-01:00:00", ""},
		{appendTime, "04:00 PM", ""},
		{appendTime, "04", ""},
		{appendTime, "", ""},
		{appendDate, "2024-02-29T00:00:00Z", ""},
		{appendDate, "", ""},
		{appendTime, "24:00:00", ""},
	}
	for _, test := range tests {
		if got, ok := test.append(nil, []byte(test.in)); ok != (test.want != "") || string(got) != test.want {
			t.Errorf("%q became %q, %v, want %q", test.in, got, ok, test.want)
		}
	}
}

func TestTimesWithoutZoneAreTextWhereASettingSaysSo(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"2019-12-17T19:12:12", "2019-12-17 19:12", "2019-12-17", "Tue Dec 17 19:12:12 2019"} {
		if _, ok := appendInstant(nil, []byte(in), false); !ok {
			t.Errorf("%q is no instant", in)
		}
		if got, ok := appendInstant(nil, []byte(in), true); ok {
			t.Errorf("%q became %q", in, got)
		}
	}
	if _, ok := appendInstant(nil, []byte("2019-12-17 19:12:12+00"), true); !ok {
		t.Error("a time with a zone is no instant")
	}
}

// TestEverySpellingIsTheSameInstant prints random moments as Go, and programs of other languages, print them.
func TestEverySpellingIsTheSameInstant(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	zones := []*time.Location{time.UTC, time.FixedZone("CEST", 7200), time.FixedZone("NPT", 20700), time.FixedZone("", -12600)}
	spellings := []string{
		time.RFC3339Nano, time.RFC1123Z, time.RubyDate, "2006-01-02 15:04:05.9999999 -0700 MST", "Mon Jan _2 2006 15:04:05 GMT-0700 (MST)",
		"2006-01-02 15:04:05.0000000-07:00", // Python's str, PostgreSQL's to_json
		"2006-01-02T15:04:05,0000000-0700",  // ISO 8601 with its comma
		"2006-01-02t15:04:05.000000-07:00", "2006-01-02 15:04:05.999999 -0700", "2006-01-02T15:04-07:00", "Mon, _2 Jan 2006 15:04:05 -0700",
	}
	inUTC := []string{"2006-01-02T15:04:05Z", "2006-01-02t15:04:05.999999z", "2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05+00", time.DateTime, time.DateOnly, time.ANSIC,
		"2006-01-02T15:04:05", "2006-01-02 15:04:05.000000", "2006-01-02 15:04", http.TimeFormat, time.UnixDate, time.RFC1123, "2006-01-02 15:04:05.0000000 MST"}
	check := func(at time.Time, layout string) {
		in := at.Format(layout)
		want, err := time.Parse(layout, in) // what is left of it in that spelling
		if err != nil {
			t.Fatal(err)
		}
		out, ok := appendInstant(nil, []byte(in), false)
		got, err := time.Parse(copyInstant, string(out))
		if !ok || err != nil || !got.Equal(want) {
			t.Errorf("%q became %q, want %v", in, out, want)
		}
	}
	for range 400 {
		at := time.Unix(-62000000000+r.Int64N(315000000000), 100*r.Int64N(1e7))
		for _, layout := range spellings {
			check(at.In(zones[r.IntN(3)]), layout)
		}
		for _, layout := range inUTC {
			check(at.UTC(), layout)
		}
		out, _ := appendInstant(nil, []byte(at.In(zones[3]).String()), true) // time.Parse does not read that
		if got, err := time.Parse(copyInstant, string(out)); err != nil || !got.Equal(at) {
			t.Errorf("%v became %q", at.In(zones[3]), out)
		}
	}
}

func FuzzInstantsMeanWhatTheySaid(f *testing.F) {
	for _, seed := range []string{"2019-12-17T19:12:12Z", "2019-12-17 9:12,5 +01 CET", "Tue, 17 Dec 2019 19:12:12 GMT", "2019-12-17", "2020-02-29T00:00:00.5-11:30", "9999-12-31T23:59:59-00:01"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		out, ok := appendInstant(nil, []byte(in), false)
		if !ok {
			return
		}
		got, err := time.Parse(copyInstant, string(out))
		if err != nil {
			t.Fatalf("appendInstant(%q) = %q: %v", in, out, err)
		}
		if y := got.UTC().Year(); y < 1 || y > 9999 {
			t.Fatalf("appendInstant(%q) took the year %d", in, y)
		}
		if want, err := time.Parse(time.RFC3339Nano, strings.ToUpper(in)); err == nil && !want.Equal(got) {
			t.Fatalf("appendInstant(%q) = %q, which is %v and not %v", in, out, got, want)
		}
		if again, ok := appendInstant(nil, out, true); !ok || string(again) != string(out) {
			t.Fatalf("appendInstant(%q) = %q, and that is %q", in, out, again)
		}
		if want := got.UTC().Format(copyInstant); string(inUTC(bytes.Clone(out))) != want {
			t.Fatalf("inUTC(%q) = %q, want %q", out, inUTC(out), want)
		}
	})
}
