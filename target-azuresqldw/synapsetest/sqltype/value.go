package sqltype

import "math/big"

// Decimal is an exact number: Unscaled divided by ten to the power of Scale. It is not changed after it is made.
type Decimal struct {
	Unscaled *big.Int // nil is 0
	Scale    int
}

// Date counts days from 0001-01-01, as date does on the wire; it ends at 9999-12-31.
type Date int32

// Time counts units of 100 nanoseconds from midnight.
type Time int64

// DateTime is a date and a time of day without offset: smalldatetime, datetime and datetime2.
type DateTime struct {
	Date Date
	Time Time
}

// DateTimeOffset is an instant and the offset at which it is shown.
type DateTimeOffset struct {
	UTC    DateTime
	Offset int16 // minutes east of UTC, -840 to 840
}

// GUID is a uniqueidentifier in the byte order of its text: 01020304-0506-0708-090A-0B0C0D0E0F10 is 1, 2, 3 … 16.
type GUID [16]byte
