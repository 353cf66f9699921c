package media

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/blob/s3blob"
)

// OpenBucket opens the blob store: file:///var/lib/parlor/blobs is a directory, made if need be and readable by nobody else; s3://name?… a
// bucket of S3 or of what speaks its protocol (region, endpoint, use_path_style … as gocloud.dev/blob/s3blob takes them; credentials come from
// where the AWS SDK looks for them). The caller closes it.
func OpenBucket(ctx context.Context, address string) (*blob.Bucket, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("blob store: not an address") // its text might hold credentials
	}
	switch u.Scheme {
	case fileblob.Scheme:
		return openDirectory(u)
	case s3blob.Scheme:
		if u.Host == "" || u.User != nil {
			return nil, errors.New("blob store: want s3://bucket, without credentials")
		}
		bucket, err := (&s3blob.URLOpener{}).OpenBucketURL(ctx, u)
		if err != nil {
			return nil, fmt.Errorf("blob store: %w", err)
		}
		return bucket, nil
	}
	return nil, errors.New("blob store: want file:///directory or s3://bucket")
}

func openDirectory(u *url.URL) (*blob.Bucket, error) {
	dir := filepath.FromSlash(u.Path)
	if u.Host != "" || u.RawQuery != "" || !filepath.IsAbs(dir) {
		return nil, errors.New("blob store: want file:///directory, an absolute path alone")
	}
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, fmt.Errorf("blob store: %w", err)
	}
	return bucket, nil
}
