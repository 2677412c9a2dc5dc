//! Keys of issuers that exist in tests only. Never trust one of them outside of tests: everybody has them.

/// An issuer's key for ES256.
pub(crate) const EC_PRIVATE: &str = r#"-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7EZJ7iY4KSFOsIB8
YTwqej722oecVOzbJCY6FQGa0yuhRANCAAQsEBz1f736vuox5DEk6ntEY7Kj4Yz6
3c4SIV1YpFQsw7QsR8q1f2bHi9HaBJlVgQlfbhK4bF4Ln1XtBVb6Tnhu
-----END PRIVATE KEY-----"#;

/// Its public key.
pub(crate) const EC_PUBLIC: &str = r#"-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELBAc9X+9+r7qMeQxJOp7RGOyo+GM
+t3OEiFdWKRULMO0LEfKtX9mx4vR2gSZVYEJX24SuGxeC59V7QVW+k54bg==
-----END PUBLIC KEY-----"#;

/// The same as a JWK.
pub(crate) const EC_JWK: &str = r#"{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"ec-1","x":"LBAc9X-9-r7qMeQxJOp7RGOyo-GM-t3OEiFdWKRULMM","y":"tCxHyrV_ZseL0doEmVWBCV9uErhsXgufVe0FVvpOeG4"}"#;

/// Somebody else's key for ES256.
pub(crate) const OTHER_EC_PRIVATE: &str = r#"-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGpqhVaSN8OhmCPm4
p0+T0hw0OO615sWlEh7mMGHY+XChRANCAASuS29WXmX4lhxu725l9pGxm1dgIXzZ
lzbEgCl4Unr4/uyLl5q9UWPfFlA8hIf8OpwgNQIZNediL8YlhIjIGEvg
-----END PRIVATE KEY-----"#;

/// The same as a JWK.
pub(crate) const OTHER_EC_JWK: &str = r#"{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":"ec-2","x":"rktvVl5l-JYcbu9uZfaRsZtXYCF82Zc2xIApeFJ6-P4","y":"7IuXmr1RY98WUDyEh_w6nCA1Ahk152IvxiWEiMgYS-A"}"#;

/// An issuer's key for RS256.
pub(crate) const RSA_PRIVATE: &str = r#"-----BEGIN RSA PRIVATE KEY-----
MIIEogIBAAKCAQEAmzOUBjcyMhK7a4NrQvC9Omjt1SEhlNGpGZ2YQHiXa6Fkpknf
8jSuOfYX6aPXPFFAaT+IxMFho3dLsbQgye7BZCn4EOaY/6/vo/NOltFdCBPQwWzf
oLrD9pZ6acWilAhZMox8TFbctbZSrl068MIeyZGHkBvBLA2mSItHR/W/L5xLRwda
1vj4g2ifieBqiFvwzpWEy8hobjWkEyYZ+Bc2EeYuHNHP3yhZGNyvV5uL3Xcy6lEu
6sA6e9xe+51tj2QzJzJJD8AE4t/zXZiyciMxA8jMSgUhkkjXqjmWFKxEjDk6m8tb
47uqw9sfpp6k/oI6F7jGjVmS0rgF9gA+Kgz++QIDAQABAoIBABNZo+v+d8CsezeV
ZAstjro4mOaIwfIXDdlGv9PR9TcTIURmU4iULuDFIQgdSFmZ28kDhd7aKX1DA2n9
hlUG8o+1d9tLlOnUGrG7RSIiqlG2fsGO/HbCsmoNKugDHxkLzWsy/tBZyBzTxY09
zHp2CXaiMV+zRiti7EeBLfr31cVuqkHyHafR2rXnqSwwI5/ph+KrQLDFxhs8BrGL
bxwNlibQeDjQQEpSnJOClulzo1XNKQOONwQtw4yOwSRZ8UA2XVYZZdfdyjrgYJm2
8Rdn+zFwBF1mR6Cep/phLd5URkoj8og7if62tjDLMrU/qrRCCRRNHGc42ZmvLuCe
zqc/IIECgYEA2cNj7KUKD8tkvRynNo4RJwrdlqLKWdOimB77zJHhviH0gxYWyHEx
awg9D8MGdosDcLAuY33jErE2zr76CMVFY7LZ8cZhiIYzVbjy9u3scaoewZkEZpV3
Zp/HW3IwgIJZIv4AZU6zU5Fx+3SnZw1IeYTViG0oSZFCwa9CEzJS1bECgYEAtnP+
LO+fUD3gwsGmHPLEm1OlRwsevQT3zqde4qxF4RG63sZtC2v+a8ooDbyK6FlsXtsy
qUNLoniVR/RbSKZqdLUU84XJEYk9AJTXBWns6hpe0ukQXQf2fJG5v5WqNZEO6PW8
GwLqzJNlrejENNPYjhcQdipN5XOv9k0k5DDZZ8kCgYAXr0C3BFxLy3txdiRZsqn6
7RucvqfzjSkqEnSgk11SKK9HcqeXtXgChCrgA/439naxUvg4qgCAj/W+FtdrDMm3
RkSeH02MY8xBjpQed1I4KqCdvd7UqX0LFGXCdHECCStYuvegDSdD95XGG7H5a2Bu
lxwCcpznI313Q3CUVezcgQKBgGQAxbM5j7e6gsQcwgCh67M7MJ708F8oJu9E+5QA
WrjXL/bFCaW2BphsEHIfAoAB640+VdFCimU99Iyg2ZvDYxwe2KH1lVSgRShZbFWS
ToGt/IVbq1VidO6oLQhebxG3NVXowraHbcy9iYC90TUnXE3dRG+QFmwKccrtU6gj
QjZJAoGANbWR2mn4UhgwPXUo/U6oEzseYwdYEuvolgIBTTSR165jUZlOzQmXe5h8
G5/v4vHDRP6YPJlMnGGdAlFC5oMunmVESUqMZNl2CmD2T1UL377yXjL+B7NjkdAe
CNpWZaQrHhzor+81UV7DJSxp6h7mHJznVrAOBfSwEgO+S5XOlg4=
-----END RSA PRIVATE KEY-----"#;

/// Its public key.
pub(crate) const RSA_PUBLIC: &str = r#"-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmzOUBjcyMhK7a4NrQvC9
Omjt1SEhlNGpGZ2YQHiXa6Fkpknf8jSuOfYX6aPXPFFAaT+IxMFho3dLsbQgye7B
ZCn4EOaY/6/vo/NOltFdCBPQwWzfoLrD9pZ6acWilAhZMox8TFbctbZSrl068MIe
yZGHkBvBLA2mSItHR/W/L5xLRwda1vj4g2ifieBqiFvwzpWEy8hobjWkEyYZ+Bc2
EeYuHNHP3yhZGNyvV5uL3Xcy6lEu6sA6e9xe+51tj2QzJzJJD8AE4t/zXZiyciMx
A8jMSgUhkkjXqjmWFKxEjDk6m8tb47uqw9sfpp6k/oI6F7jGjVmS0rgF9gA+Kgz+
+QIDAQAB
-----END PUBLIC KEY-----"#;

/// The same as a JWK.
pub(crate) const RSA_JWK: &str = r#"{"kty":"RSA","use":"sig","alg":"RS256","kid":"rsa-1","n":"mzOUBjcyMhK7a4NrQvC9Omjt1SEhlNGpGZ2YQHiXa6Fkpknf8jSuOfYX6aPXPFFAaT-IxMFho3dLsbQgye7BZCn4EOaY_6_vo_NOltFdCBPQwWzfoLrD9pZ6acWilAhZMox8TFbctbZSrl068MIeyZGHkBvBLA2mSItHR_W_L5xLRwda1vj4g2ifieBqiFvwzpWEy8hobjWkEyYZ-Bc2EeYuHNHP3yhZGNyvV5uL3Xcy6lEu6sA6e9xe-51tj2QzJzJJD8AE4t_zXZiyciMxA8jMSgUhkkjXqjmWFKxEjDk6m8tb47uqw9sfpp6k_oI6F7jGjVmS0rgF9gA-Kgz--Q","e":"AQAB"}"#;
