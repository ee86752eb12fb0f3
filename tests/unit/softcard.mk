# unit tests of softcard
