package blobtest

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"hash/crc64"
)

// crcPolynomial is that of the CRC-64 which Azure Storage uses, reversed. The checksum is sent as its eight bytes, the
// lowest first, in base64 (put-blob).
const crcPolynomial = 0x9A6C9329AC4BC9B5

func md5Of(data []byte) string {
	sum := md5.Sum(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func crc64Of(data []byte) string {
	sum := crc64.Checksum(data, crc64.MakeTable(crcPolynomial))
	return base64.StdEncoding.EncodeToString(binary.LittleEndian.AppendUint64(nil, sum))
}

// checkSums checks the body against the checksums that came with it, of which there may be one (put-blob, put-block,
// put-block-list). md5Headers are the headers that may hold an MD5 of the body; the first one there counts.
func (c *call) checkSums(md5Headers ...string) error {
	crc := c.header("x-ms-content-crc64")
	for _, name := range md5Headers {
		sum := c.header(name)
		if sum == "" {
			continue
		}
		if crc != "" {
			return refuse(400, "BothCrc64AndMd5HeaderPresent", "headers %s and x-ms-content-crc64", name)
		}
		if raw, err := base64.StdEncoding.DecodeString(sum); err != nil || len(raw) != md5.Size {
			return refuse(400, "InvalidMd5", "header %s: %q", name, sum)
		}
		if got := md5Of(c.body); got != sum {
			return refuse(400, "Md5Mismatch", "header %s: %s, the body has %s", name, sum, got)
		}
		return nil
	}
	if crc != "" {
		if got := crc64Of(c.body); got != crc {
			return refuse(400, "Crc64Mismatch", "header x-ms-content-crc64: %s, the body has %s", crc, got)
		}
	}
	return nil
}
