contract Unended {
    /* ü is two bytes */ string s = "no end;
}
