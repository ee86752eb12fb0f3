# unit tests of minidriver
