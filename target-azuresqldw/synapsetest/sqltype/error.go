package sqltype

import "fmt"

// Error is an error as SQL Server numbers it. The whole emulator uses this one type, so that what refuses a value, a
// statement or a login need not know the wire.
type Error struct {
	Number  int32
	State   uint8 // 1 when left 0
	Class   uint8 // severity; 16 when left 0
	Message string
	Line    int // line of the batch, 1 when left 0
}

// Error gives the message with its number in front, as mssql: does in clients.
func (e *Error) Error() string { return fmt.Sprintf("%d: %s", e.Number, e.Message) }

// Errorf makes an error of class 16.
func Errorf(number int32, format string, args ...any) *Error {
	return &Error{Number: number, State: 1, Class: 16, Message: fmt.Sprintf(format, args...)}
}

// The numbers of Microsoft's list of Database Engine events and errors
// (learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors).
const (
	errOverflowedSmall     = 244  // char to tinyint or smallint
	errConversionFailed    = 245  // char to int, smallint, tinyint, bit
	errOverflowedInt       = 248  // char to int
	errDateSyntax          = 241  // char to a date or time type
	errDateOutOfRange      = 242  // char to datetime
	errMoneySyntax         = 235  // char to money
	errMoneyOverflow       = 236  // char to money
	errArithmeticForType   = 220  // int to smallint, tinyint
	errArithmeticValue     = 232  // float to int and smaller
	errSmallDateTimeSyntax = 295  // char to smalldatetime
	errExplicitNotAllowed  = 529  // no conversion between the types at all
	errImplicitNotAllowed  = 257  // only CAST or CONVERT
	errOperandClash        = 206  // types that never meet
	errErrorConverting     = 8114 // char to bigint, decimal, float
	errArithmeticOverflow  = 8115
	errDivideByZero        = 8134
	errTruncated           = 8152
	errGUIDSyntax          = 8169
	errGUIDSpace           = 8170
	errUnknownType         = 2715
	errLengthTooLarge      = 131
	errLengthInvalid       = 1001
	errScaleInvalid        = 1002
	errPrecisionTooLarge   = 2750
	errScaleOverPrecision  = 183
	errTypeTakesNoLength   = 2716
	errCollationInvalid    = 448
	errStyleInvalid        = 281
)
