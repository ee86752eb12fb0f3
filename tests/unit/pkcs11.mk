# unit tests of pkcs11
