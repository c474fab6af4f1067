package sqltype

import (
	"math"
	"math/big"
	"strings"
	"testing"
)

func TestTextBecomesValuesAsSQLServerReadsIt(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("9", 38)
	for _, c := range []struct {
		text   string
		to     Type
		want   string // as CAST shows it
		number int32
	}{
		{" 42 ", Int, "42", 0},
		{"+42", Int, "42", 0},
		{"", Int, "0", 0},
		{"-", Int, "", 245},
		{"1.0", Int, "", 245},
		{"1e3", Int, "", 245},
		{"2147483647", Int, "2147483647", 0},
		{"2147483648", Int, "", 248},
		{"-32769", SmallInt, "", 244},
		{"256", TinyInt, "", 244},
		{"-1", TinyInt, "", 244},
		{"9223372036854775807", BigInt, "9223372036854775807", 0},
		{"9223372036854775808", BigInt, "", 8115},
		{"x", BigInt, "", 8114},

		{"TRUE", Bit, "1", 0},
		{"false", Bit, "0", 0},
		{"2", Bit, "1", 0},
		{"00", Bit, "0", 0},
		{"yes", Bit, "", 245},

		{"1.005", DecimalType(3, 2), "1.01", 0},
		{"-1.005", DecimalType(3, 2), "-1.01", 0},
		{"1.004999", DecimalType(3, 2), "1.00", 0},
		{".5", DecimalType(3, 2), "0.50", 0},
		{"5.", DecimalType(3, 2), "5.00", 0},
		{"9.995", DecimalType(3, 2), "", 8115},
		{"10", DecimalType(3, 2), "", 8115},
		{long, DecimalType(38, 0), long, 0},
		{"-" + long, DecimalType(38, 0), "-" + long, 0},
		{long + "9", DecimalType(38, 0), "", 8115},
		{"1e2", DecimalType(10, 2), "", 8114},
		{"1,000", DecimalType(10, 2), "", 8114},
		{"", DecimalType(10, 2), "", 8114},
		{"$1,234.567", Money, "1234.57", 0},
		{"922337203685477.5807", Money, "922337203685477.58", 0},
		{"922337203685477.5808", Money, "", 236},
		{"214748.3648", SmallMoney, "", 236},
		{"1e3", Money, "", 235},
		{"1e3", Float, "1000", 0},
		{"1e400", Float, "", 8115},
		{"1e39", Real, "", 8115},
		{"NaN", Float, "", 8114},
		{"Inf", Float, "", 8114},
		{"0x1p3", Float, "", 8114},

		{"2024-02-29", DateType, "2024-02-29", 0},
		{"2023-02-29", DateType, "", 241},
		{"0001-01-01", DateType, "0001-01-01", 0},
		{"9999-12-31", DateType, "9999-12-31", 0},
		{"10000-01-01", DateType, "", 241},
		{"0000-01-01", DateType, "", 241},
		{"20240229", DateType, "2024-02-29", 0},
		{"240229", DateType, "2024-02-29", 0},
		{"500229", DateType, "", 241}, // 1950 was no leap year
		{"2/3/2024", DateType, "2024-02-03", 0},
		{"2.3.24", DateType, "2024-02-03", 0},
		{"2024/2/3", DateType, "2024-02-03", 0},
		{"2024-02/03", DateType, "", 241},
		{"Feb 3, 2024", DateType, "2024-02-03", 0},
		{"3 February 2024", DateType, "2024-02-03", 0},
		{"2024 Feb 3", DateType, "2024-02-03", 0},
		{"Febr 3 2024", DateType, "", 241},
		{"2007-05-08 12:35:29.1234567 +12:15", DateType, "2007-05-08", 0},
		{"2007-05-08 12:35:29.1234567 +12:15", TimeType(7), "12:35:29.1234567", 0},
		{"2007-05-08 12:35:29.1234567 +12:15", DateTime2Type(7), "2007-05-08 12:35:29.1234567", 0},
		{"2007-05-08 12:35:29.1234567 +12:15", DateTimeOffsetType(7), "2007-05-08 12:35:29.1234567 +12:15", 0},
		{"2007-05-08 12:35:29.123", SmallDateTime, "May  8 2007 12:35PM", 0},
		{"2007-05-08 12:35:29.123", DateTimeType, "May  8 2007 12:35PM", 0},
		{"2007-05-08 12:35:29.1234", DateTimeType, "", 241},
		{"2007-05-08 12:35:29 +00:00", DateTimeType, "", 241},
		{"1752-12-31", DateTimeType, "", 242},
		{"x", SmallDateTime, "", 295},
		{"2079-06-06 23:59:29.998", SmallDateTime, "Jun  6 2079 11:59PM", 0},
		{"2079-06-06 23:59:30", SmallDateTime, "", 8115},
		{"2079-06-07", SmallDateTime, "", 8115},
		{"12:34", TimeType(0), "12:34:00", 0},
		{"4 PM", TimeType(0), "16:00:00", 0},
		{"12:00 AM", TimeType(0), "00:00:00", 0},
		{"13:00 AM", TimeType(0), "", 241},
		{"24:00:00", TimeType(0), "", 241},
		{"23:59:60", TimeType(0), "", 241},
		{"23:59:59.9999999", TimeType(7), "23:59:59.9999999", 0},
		{"23:59:59.99999999", TimeType(7), "", 241},
		{"23:59:59.9999999", TimeType(3), "00:00:00.000", 0},
		{"2024-12-31 23:59:59.9999999", DateTime2Type(6), "2025-01-01 00:00:00.000000", 0},
		{"9999-12-31 23:59:59.9999999", DateTime2Type(6), "", 8115},
		{"2024-02-29T23:59:59.1234567Z", DateTimeOffsetType(7), "2024-02-29 23:59:59.1234567 +00:00", 0},
		{"2024-02-29T23:59:59-14:00", DateTimeOffsetType(0), "2024-02-29 23:59:59 -14:00", 0},
		{"2024-02-29T23:59:59-14:01", DateTimeOffsetType(0), "", 241},
		{"2024-02-29T23:59:59+0100", DateTimeOffsetType(0), "", 241},
		{"0001-01-01T00:00:00+01:00", DateTimeOffsetType(0), "", 241},
		{"9999-12-31T23:59:59-01:00", DateTimeOffsetType(0), "", 241},
		{"2024-02-29t23:59:59", DateTimeOffsetType(0), "", 241},

		{"01020304-0506-0708-090a-0b0c0d0e0f10", UniqueIdentifier, "01020304-0506-0708-090A-0B0C0D0E0F10", 0},
		{"{01020304-0506-0708-090a-0b0c0d0e0f10}", UniqueIdentifier, "01020304-0506-0708-090A-0B0C0D0E0F10", 0},
		{"01020304-0506-0708-090a-0b0c0d0e0f10 and more", UniqueIdentifier, "01020304-0506-0708-090A-0B0C0D0E0F10", 0},
		{"01020304-0506-0708-090a-0b0c0d0e0f1", UniqueIdentifier, "", 8169},
		{"0102030405060708090a0b0c0d0e0f10", UniqueIdentifier, "", 8169},
	} {
		v, err := Rules{}.Parse(c.text, c.to)
		if numberOf(err) != c.number || err == nil && Text(v, c.to) != c.want {
			t.Errorf("CAST(%q AS %v) = %v, %v; want %q, number %d", c.text, c.to, Text(v, c.to), err, c.want, c.number)
		}
	}
}

func TestTheOrderOfDateFormatCountsUnlessTheYearLeads(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		order string
		to    Type
		want  string
	}{
		{"01/02/03", "mdy", DateType, "2003-01-02"},
		{"01/02/03", "dmy", DateType, "2003-02-01"},
		{"01/02/03", "ymd", DateType, "2001-02-03"},
		{"01/02/03", "ydm", DateType, "2001-03-02"},
		{"01/02/03", "myd", DateType, "2002-01-03"},
		{"01/02/03", "dym", DateType, "2002-03-01"},
		{"2024-01-02", "dmy", DateType, "2024-01-02"},
		{"2024-01-02", "dmy", DateTimeOffsetType(0), "2024-01-02 00:00:00 +00:00"},
		{"2024-01-02", "dmy", DateTimeType, "Feb  1 2024 12:00AM"},
		{"2024-01-02T00:00:00", "dmy", DateTimeType, "Jan  2 2024 12:00AM"},
		{"20240102", "dmy", DateTimeType, "Jan  2 2024 12:00AM"},
	} {
		order, ok := ParseDateOrder(c.order)
		v, err := Rules{DateOrder: order}.Parse(c.text, c.to)
		if !ok || err != nil || Text(v, c.to) != c.want {
			t.Errorf("%s of %q as %v = %v, %v, want %s", c.order, c.text, c.to, Text(v, c.to), err, c.want)
		}
	}
}

func TestWhatIsTooLongIsCutByCastAndRefusedByAssignment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v        any
		from, to Type
		cast     string
		castErr  int32
		assigned int32 // number; 0 when it gives the same
	}{
		{"abcdef", NVarChar(6), NVarChar(3), "abc", 0, 8152},
		{"abc   ", NVarChar(6), NVarChar(3), "abc", 0, 0},
		{"ab😀", NVarChar(6), NVarChar(4), "ab😀", 0, 0},
		{"abc😀", NVarChar(6), NVarChar(4), "abc", 0, 8152},
		{"grüße", NVarChar(6), VarChar(5), "grüße", 0, 0},
		{"日本", NVarChar(6), VarChar(5), "??", 0, 0},
		{"ab", VarChar(2), Type{Kind: KindNChar, Length: 4}, "ab  ", 0, 0},
		{int64(12345), Int, VarChar(3), "*", 0, 0},
		{int64(12345), Int, NVarChar(3), "", 8115, 8115},
		{int64(12345), BigInt, VarChar(3), "", 8115, 8115},
		{NewDecimal(12345, 2), DecimalType(5, 2), VarChar(3), "", 8115, 8115},
	} {
		got, err := Rules{}.Convert(c.v, c.from, c.to)
		if numberOf(err) != c.castErr || err == nil && got != c.cast {
			t.Errorf("CAST(%v AS %v) = %q, %v; want %q, number %d", c.v, c.to, got, err, c.cast, c.castErr)
		}
		got, err = Rules{Mode: Implicit}.Convert(c.v, c.from, c.to)
		if numberOf(err) != c.assigned || err == nil && got != c.cast {
			t.Errorf("%v assigned to %v = %q, %v; want number %d", c.v, c.to, got, err, c.assigned)
		}
	}
}

func TestCopyMakesNothingOutOfEmptyText(t *testing.T) {
	t.Parallel()
	for _, to := range []Type{Bit, Int, BigInt, DecimalType(10, 2), Money, Float, DateType, TimeType(7), DateTimeType, DateTimeOffsetType(7), UniqueIdentifier, VarBinary(10)} {
		for _, text := range []string{"", " "} {
			if v, err := (Rules{Mode: Copy}).Parse(text, to); err == nil {
				t.Errorf("COPY reads %q as %v into %v", text, v, to)
			}
		}
	}
	if v, err := (Rules{Mode: Copy}).Parse("", NVarChar(1)); err != nil || v != "" {
		t.Errorf(`COPY reads "" as %v, %v into nvarchar`, v, err)
	}
	if v, err := (Rules{Mode: Copy}).Parse("abc ", NVarChar(3)); numberOf(err) != 8152 {
		t.Errorf("COPY makes %q of a text with a blank too many, %v", v, err)
	}
	if v, err := (Rules{Mode: Copy}).Parse("0x01", VarBinary(10)); err == nil {
		t.Errorf("COPY reads 0x01 as %v into varbinary", v)
	}
}

func TestNumbersAreCutOrRoundedByTheTypeTheyComeFrom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v        any
		from, to Type
		want     string
		number   int32
	}{
		{NewDecimal(-19, 1), DecimalType(2, 1), Int, "-1", 0},
		{-1.9, Float, Int, "-1", 0},
		{NewDecimal(19000, 4), Money, Int, "2", 0},
		{1e10, Float, Int, "", 232},
		{1e19, Float, BigInt, "", 8115},
		{math.Inf(1), Float, BigInt, "", 8115},
		{int64(300), Int, TinyInt, "", 220},
		{int64(40000), Int, SmallInt, "", 220},
		{int64(1) << 40, BigInt, Int, "", 8115},
		{int64(5), Int, Bit, "1", 0},
		{int64(100), Int, DecimalType(4, 2), "", 8115},
		{0.1, Float, DecimalType(20, 17), "0.10000000000000001", 0},
		{1e38, Float, DecimalType(38, 0), "", 8115},
		{int64(math.MinInt64), BigInt, DecimalType(38, 0), "-9223372036854775808", 0},
		{true, Bit, DecimalType(3, 1), "1.0", 0},
		{1e300, Float, Real, "", 232},
		{int64(1), Int, DateTimeType, "Jan  2 1900 12:00AM", 0},
		{int64(1), Int, DateType, "", 529},
		{[]byte{1, 2}, VarBinary(2), Int, "258", 0},
	} {
		got, err := Rules{}.Convert(c.v, c.from, c.to)
		if numberOf(err) != c.number || err == nil && Text(got, c.to) != c.want {
			t.Errorf("CAST(%v of %v AS %v) = %v, %v; want %q, number %d", c.v, c.from, c.to, Text(got, c.to), err, c.want, c.number)
		}
	}
}

func TestTheChartDecidesWhatHappensByItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to           Type
		implicit, explicit int32
	}{
		{NVarChar(10), VarBinary(10), 257, 0},
		{VarBinary(10), NVarChar(10), 0, 0},
		{DateTimeType, Int, 257, 0},
		{Int, DateTimeType, 0, 0},
		{DateType, Int, 206, 529},
		{DateType, TimeType(0), 206, 529},
		{UniqueIdentifier, Int, 206, 529},
		{UniqueIdentifier, NVarChar(36), 0, 0},
		{Float, VarBinary(8), 206, 529},
		{DateTimeOffsetType(7), DateType, 0, 0},
		{BigInt, NVarChar(20), 0, 0},
	} {
		if err := (Rules{Mode: Implicit}).Allowed(c.from, c.to); numberOf(err) != c.implicit {
			t.Errorf("%v to %v by itself: %v, want %d", c.from, c.to, err, c.implicit)
		}
		if err := (Rules{}).Allowed(c.from, c.to); numberOf(err) != c.explicit {
			t.Errorf("%v to %v by CAST: %v, want %d", c.from, c.to, err, c.explicit)
		}
	}
}

func TestStylesShapeDatesBytesAndNumbers(t *testing.T) {
	t.Parallel()
	parse := func(text string, to Type) any {
		v, err := Rules{}.Parse(text, to)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	at := parse("2024-02-09 13:04:05.1234567 +05:30", DateTimeOffsetType(7))
	dt := parse("2024-02-09 13:04:05.123", DateTimeType)
	for _, c := range []struct {
		v        any
		from, to Type
		style    int
		want     string
		number   int32
	}{
		{at, DateTimeOffsetType(7), NVarChar(40), 121, "2024-02-09 13:04:05.1234567 +05:30", 0},
		{at, DateTimeOffsetType(7), NVarChar(40), 126, "2024-02-09T13:04:05.1234567+05:30", 0},
		{at, DateTimeOffsetType(7), NVarChar(40), 127, "2024-02-09T07:34:05.1234567Z", 0},
		{dt, DateTimeType, VarChar(30), 120, "2024-02-09 13:04:05", 0},
		{dt, DateTimeType, VarChar(30), 112, "20240209", 0},
		{dt, DateTimeType, VarChar(30), 103, "09/02/2024", 0},
		{dt, DateTimeType, VarChar(30), 999, "", 281},
		{[]byte{0xAB, 1}, VarBinary(2), NVarChar(10), 1, "0xAB01", 0},
		{[]byte{0xAB, 1}, VarBinary(2), NVarChar(10), 2, "AB01", 0},
		{NewDecimal(-12345678, 4), Money, NVarChar(20), 1, "-1,234.57", 0},
		{0.1, Float, NVarChar(30), 3, "1.0000000000000001e-001", 0},
	} {
		got, err := Rules{}.ConvertStyle(c.v, c.from, c.to, c.style)
		if numberOf(err) != c.number || err == nil && got != c.want {
			t.Errorf("CONVERT(%v, %v, %d) = %v, %v; want %q, number %d", c.to, c.v, c.style, got, err, c.want, c.number)
		}
	}
	if got, err := (Rules{}).ConvertStyle("0xab01", NVarChar(10), VarBinary(4), 1); err != nil || string(got.([]byte)) != "\xab\x01" {
		t.Errorf("hex with style 1 = %v, %v", got, err)
	}
	if _, err := (Rules{}).ConvertStyle("0xab01", NVarChar(10), VarBinary(4), 2); numberOf(err) != 8114 {
		t.Errorf("hex with prefix in style 2 = %v, want 8114", err)
	}
	if got, err := (Rules{}).ConvertStyle("09/02/2024", NVarChar(10), DateType, 103); err != nil || Text(got, DateType) != "2024-02-09" {
		t.Errorf("date in style 103 = %v, %v", got, err)
	}
}

func TestFloatsAreWrittenWithSixDigits(t *testing.T) {
	t.Parallel()
	for f, want := range map[float64]string{0: "0", 0.1: "0.1", 123456: "123456", 1234567: "1.23457e+006", 1e6: "1e+006", 0.0001: "0.0001", 0.00001: "1e-005", -2.5: "-2.5"} {
		if got := Text(f, Float); got != want {
			t.Errorf("CAST(%v AS nvarchar) = %s, want %s", f, got, want)
		}
	}
}

// FuzzTemporal: what is written is read again, by CAST and by COPY.
func FuzzTemporal(f *testing.F) {
	f.Add(int32(0), int64(0), int16(0), uint8(7))
	f.Add(int32(MaxDate), int64(ticksPerDay-1), int16(-840), uint8(0))
	f.Fuzz(func(t *testing.T, day int32, ticks int64, offset int16, scale uint8) {
		s := int(scale % 8)
		day = int32(uint32(day) % uint32(MaxDate))
		ticks = int64(uint64(ticks) % ticksPerDay)
		local := DateTime{Date: Date(day), Time: Time(ticks)}
		for _, c := range []struct {
			v any
			t Type
		}{{local.Date, DateType}, {local.Time, TimeType(s)}, {local, DateTime2Type(s)}, {offsetOf(local, int(offset)%841), DateTimeOffsetType(s)}} {
			if c.v == nil {
				continue
			}
			v, err := Rules{}.Convert(c.v, c.t, c.t) // to the scale
			if err != nil {
				t.Skip()
			}
			for _, mode := range []Mode{Explicit, Implicit, Copy} {
				again, err := Rules{Mode: mode}.Parse(Text(v, c.t), c.t)
				if err != nil || again != v {
					t.Errorf("%q of %v = %v, %v, want %v", Text(v, c.t), c.t, again, err, v)
				}
			}
		}
	})
}

func offsetOf(local DateTime, minutes int) any {
	if o, ok := NewDateTimeOffset(local, minutes); ok {
		return o
	}
	return nil
}

// FuzzText: no text makes a conversion panic, and what is accepted is written and read again as it was.
func FuzzText(f *testing.F) {
	for _, s := range []string{"2024-02-29T23:59:59.1234567+01:00", "Feb 3, 2024 4 PM", "-12.50", "$1,2", "1e5", "{01020304-0506-0708-090a-0b0c0d0e0f10}", "12:3", "1 2 3"} {
		f.Add(s)
	}
	types := []Type{Bit, TinyInt, SmallInt, Int, BigInt, DecimalType(38, 10), DecimalType(5, 5), DateType, TimeType(3), DateTime2Type(7), DateTimeOffsetType(7), UniqueIdentifier, NVarChar(5), VarChar(5)}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "?")
		for _, to := range types {
			for order := MDY; order <= DYM; order++ {
				r := Rules{DateOrder: order}
				v, err := r.Parse(s, to)
				if err != nil {
					if numberOf(err) == 0 {
						t.Fatalf("error without number: %v", err)
					}
					continue
				}
				again, err := r.Parse(Text(v, to), to)
				if err != nil || Compare(v, again, to) != 0 {
					t.Errorf("%q as %v = %v, then %v, %v", s, to, v, again, err)
				}
			}
		}
		for _, to := range []Type{Money, SmallMoney, Real, Float, DateTimeType, SmallDateTime, VarBinary(4)} {
			if _, err := (Rules{}).Parse(s, to); err != nil && numberOf(err) == 0 {
				t.Fatalf("error without number: %v", err)
			}
		}
	})
}

// FuzzDecimal: rounding agrees with big.Rat's.
func FuzzDecimal(f *testing.F) {
	f.Add(int64(12345), int64(-9), uint8(30), uint8(2))
	f.Fuzz(func(t *testing.T, a, b int64, from, to uint8) {
		n := new(big.Int).Mul(big.NewInt(a), big.NewInt(b))
		d := Decimal{Unscaled: n, Scale: int(from % 39)}
		got := d.rescale(int(to % 39))
		exact := new(big.Rat).SetFrac(n, pow10(d.Scale))
		want := exact.FloatString(got.Scale) // rounds half away from zero
		if got.String() != want && !(strings.Trim(want, "-0.") == "" && strings.Trim(got.String(), "-0.") == "") {
			t.Errorf("%v at scale %d = %v, want %s", exact, got.Scale, got, want)
		}
		if back, ok := ParseDecimal(got.String()); !ok || back.Cmp(got) != 0 {
			t.Errorf("ParseDecimal(%q) = %v, %v", got.String(), back, ok)
		}
	})
}

func BenchmarkDateTimeOffsetThroughText(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		v, err := Rules{Mode: Copy}.Parse("2024-02-29 23:59:59.1234567 +05:30", DateTimeOffsetType(7))
		if err != nil {
			b.Fatal(err)
		}
		if Text(v, DateTimeOffsetType(7)) == "" {
			b.Fatal("no text")
		}
	}
}
