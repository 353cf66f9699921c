package migrations

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/secure/precis"
)

// scramRounds is PostgreSQL's own default.
const scramRounds = 4096

// setPassword sends the password as its SCRAM verifier, for ALTER ROLE takes no parameters and a server may log what it runs. A URL without
// a password means that the server knows the role in another way.
func setPassword(ctx context.Context, admin *pgx.Conn, user, password string) error {
	if password == "" {
		return nil
	}
	verifier, err := scramVerifier(password)
	if err != nil {
		return fmt.Errorf("set the password of role %s: %w", user, err)
	}
	// The verifier is base64 and the signs $ and :, nothing that a literal would have to escape.
	if _, err := admin.Exec(ctx, "alter role "+quote(user)+" password '"+verifier+"'"); err != nil {
		return fmt.Errorf("set the password of role %s: %w", user, err)
	}
	return nil
}

// scramVerifier returns what PostgreSQL keeps of a password: SCRAM-SHA-256 after RFC 5802 and RFC 7677, in PostgreSQL's spelling
// (its documentation, pg_authid). It does not give the password away to who reads it.
func scramVerifier(password string) (string, error) {
	prepared, err := precis.OpaqueString.String(password)
	if err != nil {
		prepared = password // the client does the same with one that cannot be prepared
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	salted, err := pbkdf2.Key(sha256.New, prepared, salt, scramRounds, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("derive the verifier: %w", err)
	}
	stored := sha256.Sum256(sign(salted, "Client Key"))
	encode := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", scramRounds, encode(salt), encode(stored[:]), encode(sign(salted, "Server Key"))), nil
}

func sign(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
