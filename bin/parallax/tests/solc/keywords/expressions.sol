contract Expressions {
    uint256 early = join [1] (uint256);

    function f() public returns (uint256) {
        return subsol [1] f();
    }

    function g() public returns (uint256 x) {
        x = sleep [1] 5;
        x = join [1] ();
        x = join [1] uint256;
        (, bytes memory output) = tryjoin [1] (uint256);
		if (x > 2) { x = 1 + aftera [1] f(); }	// tabs stay tabs
    }
}
