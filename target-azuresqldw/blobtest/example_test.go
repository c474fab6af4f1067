package blobtest_test

import (
	"context"
	"fmt"
	"time"

	"intercomdw/target-azuresqldw/blobtest"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
)

// A program under test writes with a SAS. Its first attempt loses the answer, the client tries again, and the test sees both.
func Example() {
	s, err := blobtest.Start(blobtest.Options{Containers: []string{"stage"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()

	sas := s.SAS("stage", "", "cw", time.Now().Add(time.Hour))
	client, err := azblob.NewClientWithNoCredential(s.URL+"?"+sas, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	s.Fail(blobtest.Fault{Match: blobtest.On(blobtest.PutBlob), Drop: true, After: true})
	_, err = client.UploadBuffer(context.Background(), "stage", "users/1.csv.gz", []byte("1,Ada\n"), nil)

	content, _ := s.Get("stage", "users/1.csv.gz")
	fmt.Printf("%v %q\n", err, content)
	for _, r := range s.Requests() {
		fmt.Println(r.Operation, r.Blob, r.Bytes, r.Status)
	}
	// Output:
	// <nil> "1,Ada\n"
	// PutBlob users/1.csv.gz 6 0
	// PutBlob users/1.csv.gz 6 201
}
